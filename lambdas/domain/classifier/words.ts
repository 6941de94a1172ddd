import type { Comparison } from './evaluate.ts';
import type { Refusal } from './train.ts';
import type { TrainingRecord } from './training.ts';

const refusals: Record<Refusal, string> = {
  'too-few-people': 'Nothing could be learnt: too few people are ambiguous.',
  'too-few-conversions': 'Nothing could be learnt: too few of them converted, or too few did not.',
  'one-sided': 'Nothing could be learnt: the rule puts all of them on one side.',
  'no-features': 'Nothing could be learnt: nothing tells these people apart.',
};

const missingReasons: Record<Comparison['missing'][number], string> = {
  significance: 'it is not right more often than the rule by more than chance',
  brier: 'its probabilities are no better than those that the rule amounts to',
  hits: 'it finds fewer of those who converted',
};

/** The result of a training, in a sentence for readers without statistics. */
export function inWords({ result }: Pick<TrainingRecord, 'result'>): string {
  if (result.kind === 'refused') return refusals[result.why];
  const { beats, p, missing } = result.comparison;
  const chance = `McNemar, p = ${p < 0.001 ? 'below 0.001' : p.toFixed(3)}`;
  if (beats) return `It is right more often than the rule on people whom it had not seen (${chance}), tells better probabilities, and finds as many of those who converted.`;
  return `It does not beat the rule on people whom it had not seen (${chance}): ${missing.map((one) => missingReasons[one]).join('; ')}.`;
}
