import type { Model } from '../../schemas/model.ts';
import { probabilityOf } from './classify.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import { fitLogistic, logit, sigmoid } from './logistic.ts';
import { plattScale } from './platt.ts';
import { roleOf, type Sample } from './samples.ts';

export interface TrainingOptions {
  /** The month whose outcomes the samples hold, such as 2026-11. */
  month: string;
  threshold: string;
  /** Strength of the ridge penalty on weights of standardised features. */
  lambda?: number;
  /** Share of the people, those next to the bound, on whom the model leaves the decision to the rule. */
  abstainShare?: number;
  /** People, and people who converted, without whom nothing is trained. */
  minPeople?: number;
  minConverted?: number;
}

export type Refusal = 'too-few-people' | 'too-few-conversions' | 'one-sided' | 'no-features';

export type Training = { kind: 'trained'; model: Model; evaluation: Evaluation } | { kind: 'refused'; why: Refusal };

/**
 * Trains on three fifths of the people, calibrates on one, and judges on the last, whom neither has seen. The bound between the sides is
 * put where it sends as large a share above as the rule does, so that the two differ in whom they choose, not in how many.
 * @returns `refused` when there are too few people, the rule puts all of them on one side, or no feature differs between them
 * @throws RangeError when a sample lacks a feature of the first
 */
export function trainClassifier(samples: readonly Sample[], options: TrainingOptions): Training {
  const { month, threshold, lambda = 1, abstainShare = 0.2, minPeople = 500, minConverted = 50 } = options;
  if (samples.length < minPeople) return { kind: 'refused', why: 'too-few-people' };
  // Both outcomes are needed, and the rarer one decides how much can be learnt.
  const converted = samples.filter((sample) => sample.converted).length;
  if (Math.min(converted, samples.length - converted) < minConverted) return { kind: 'refused', why: 'too-few-conversions' };
  const { train = [], calibrate = [], test = [] } = Object.groupBy(samples, ({ userKey }) => roleOf(userKey));
  const seen = [...train, ...calibrate];
  const aboveByRule = seen.filter(({ ruleAbove }) => ruleAbove).length;
  if (calibrate.length === 0 || test.length === 0 || aboveByRule === 0 || aboveByRule === seen.length)
    return { kind: 'refused', why: 'one-sided' };

  const scales = standardisation(train);
  if (scales.length === 0) return { kind: 'refused', why: 'no-features' };
  const rows = train.map(({ features }) => scales.map(({ name, mean, scale }) => (valueOf(features, name) - mean) / scale));
  const { intercept, weights } = fitLogistic(
    rows,
    train.map((sample) => (sample.converted ? 1 : 0)),
    { lambda },
  );
  const raw = {
    intercept,
    features: scales.map((part, place) => ({ ...part, weight: weights[place] as number })),
    calibration: { slope: 1, offset: 0 },
  };
  const calibration = plattScale(
    calibrate.map(({ features }) => logit(probabilityOf(raw, features) as number)),
    calibrate.map((sample) => sample.converted),
  );
  const fitted = { ...raw, calibration };
  const logOdds = seen.map(({ features }) => logit(probabilityOf(fitted, features) as number)).sort((a, b) => b - a);
  const bound = ((logOdds[aboveByRule - 1] as number) + (logOdds[aboveByRule] as number)) / 2;
  const distances = logOdds.map((value) => Math.abs(value - bound)).sort((a, b) => a - b);
  const reach = distances[Math.floor(abstainShare * distances.length)] as number;
  const model: Model = { month, threshold, ...fitted, above: sigmoid(bound + reach), below: sigmoid(bound - reach) };
  return { kind: 'trained', model, evaluation: evaluate(model, seen, test) };
}

/** Means and standard deviations of the features. A feature that is the same for everybody carries no information and is left out. */
export function standardisation(samples: readonly Pick<Sample, 'features'>[]): { name: string; mean: number; scale: number }[] {
  return Object.keys(samples[0]?.features ?? {})
    .sort()
    .flatMap((name) => {
      const values = samples.map(({ features }) => valueOf(features, name));
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const scale = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      return scale > 1e-9 * Math.max(1, Math.abs(mean)) ? [{ name, mean, scale }] : [];
    });
}

function valueOf(features: Sample['features'], name: string): number {
  const value = features[name];
  if (value === undefined) throw new RangeError(`a sample has no feature ${name}: all must come from one config`);
  return value;
}
