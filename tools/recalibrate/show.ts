import { inWords } from '../../lambdas/domain/classifier/words.ts';
import type { TrainingRecord } from '../../lambdas/domain/classifier/training.ts';
import type { Decision, ThresholdChange, ThresholdsRecord } from '../../lambdas/domain/rules/thresholds.ts';

const reasons: Record<Decision, string> = {
  moved: 'moved',
  'step-limited': 'moved by one step, the most in a month',
  'order-limited': 'moved as far as the other thresholds of its score allow',
  'within-interval': 'stays: the data do not tell it from the wanted value',
  frozen: 'FROZEN: the scores have drifted',
  'sample-too-small': 'stays: too few people are known',
  fixed: 'fixed by the config',
};

const number = (value: number): string => String(Number(value.toPrecision(4)));
const percent = (share: number): string => `${number(share * 100)}%`;

/** A version with everything that led to it, for people. */
export function showRecord({ version, month, madeAtMs, people, outcomeMonth, changes, moves = [], rolledBackTo, values }: ThresholdsRecord): string {
  const head = `version ${version}, for ${month}, of ${new Date(madeAtMs).toISOString()}`;
  if (rolledBackTo !== undefined) {
    const now = Object.entries(values).map(([name, { enter, exit }]) => `  ${name}: enter ${number(enter)}, exit ${number(exit)}`);
    return [`${head}: rolled back to ${rolledBackTo === 0 ? 'the config' : `version ${rolledBackTo}`}`, ...now].join('\n');
  }
  const counted = people === undefined ? '' : `, ${people} people${outcomeMonth ? `, outcomes of ${outcomeMonth}` : ''}`;
  const moved = moves.map((move) => `  ${move.from} -> ${move.to}: ${move.people} people`);
  return [`${head}${counted}`, ...changes.map(showChange), ...(moved.length > 0 ? ['people who change segments:', ...moved] : ['nobody changes segments'])].join('\n');
}

/** The newest training of the classifier, for people. */
export function showTraining(record: TrainingRecord): string {
  const { month, threshold, outcomeMonth, basis, people, converted, result } = record;
  const head = `classifier for ${threshold}, trained for ${month}: ${people} ambiguous people of ${outcomeMonth}, ${converted} converted, ${bases[basis]}`;
  if (result.kind === 'refused') return [head, `  ${inWords(record)}`].join('\n');
  const { people: tested, decided, brier, ruleBrier, calibrationError } = result.evaluation;
  const facts = [`tested on ${tested} others`, `decides on ${percent(decided / tested)}`, `Brier ${number(brier)}, of the rule ${number(ruleBrier)}`, `calibration error ${number(calibrationError)}`];
  return [head, `  ${inWords(record)}`, `    ${facts.join('; ')}`].join('\n');
}

const bases = { holdout: 'of the holdout', everybody: 'of everybody, mailed or not' };

function showChange(change: ThresholdChange): string {
  const { threshold, from, to, decision, method, basis, sampleSize, converted, mailedShare, wanted, interval, psi, shareBefore, shareAfter } = change;
  const facts = [
    method && `by ${method === 'profit' ? 'expected profit' : 'target share'}`,
    `${sampleSize} people with a score`,
    converted !== undefined && `${converted} converted`,
    basis && bases[basis],
    mailedShare !== undefined && `${percent(mailedShare)} were mailed`,
    wanted !== undefined && `wanted ${number(wanted)}`,
    interval && `95% interval ${number(interval.low)} to ${number(interval.high)}`,
    psi !== undefined && `stability index ${number(psi)}`,
  ].filter(Boolean);
  const shares = `share at or over it ${percent(shareBefore)} -> ${percent(shareAfter)}`;
  return `  ${threshold}: ${number(from)} -> ${number(to)}, ${reasons[decision]}\n    ${[shares, ...facts].join('; ')}`;
}
