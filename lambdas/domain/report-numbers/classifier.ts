import type { Config } from '../../schemas/config.ts';
import type { ReportDataInput } from '../../schemas/report.ts';
import { mayDecide } from '../classifier/decide.ts';
import { modelInForce, type TrainingRecord } from '../classifier/training.ts';
import { inWords } from '../classifier/words.ts';
import type { Profile } from '../profile/profile.ts';
import type { Tally } from './tally.ts';

type Classifier = NonNullable<ReportDataInput['classifier']>;
export type Decider = keyof NonNullable<Classifier['decidedBy']>;

/** Counts by whom a person's segment was decided, as [decider]. */
export function addDecider(tally: Tally, { fallback }: Pick<Config, 'fallback'>, { segment }: Pick<Profile, 'segment'>): void {
  if (segment !== undefined) tally.add([deciderOf(segment, fallback.name)]);
}

function deciderOf({ name, byModel }: NonNullable<Profile['segment']>, fallback: string): Decider {
  if (byModel !== undefined) return 'model';
  return name === fallback ? 'fallback' : 'rule';
}

/** @returns undefined while the classifier is off, or before its first training */
export function classifierNumbers(config: Config, training: TrainingRecord | undefined, deciders: Tally): Classifier | undefined {
  const { classifier } = config;
  if (training === undefined || classifier === undefined || classifier.mode === 'off') return undefined;
  const { outcomeMonth, threshold, people, converted, basis, result } = training;
  const inUse = mayDecide({ config }, modelInForce(training));
  const watched = classifier.mode === 'watch' ? ' The config only watches it: rules decide alone.' : '';
  const decidedBy = { rule: deciders.get('rule'), model: deciders.get('model'), fallback: deciders.get('fallback') };
  return {
    month: outcomeMonth,
    threshold,
    inUse,
    words: `${inWords(training)}${watched}`,
    people,
    converted,
    basis,
    ...(result.kind === 'trained' && { test: testOf(result.evaluation) }),
    ...(inUse && { decidedBy }),
  };
}

function testOf({ people, converted, decided, brier, ruleBrier, calibrationError, calibration, coverage }: Extract<TrainingRecord['result'], { kind: 'trained' }>['evaluation']): Classifier['test'] {
  return { people, converted, decided, brier, ruleBrier, calibrationError, calibration, coverage };
}
