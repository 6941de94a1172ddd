import type { Model } from '../../schemas/model.ts';
import type { ConfusionCell } from '../statistics/confusion.ts';
import { mcNemar } from '../statistics/mcnemar.ts';
import { classify, probabilityOf } from './classify.ts';
import { logit } from './logistic.ts';
import {
  brierScore,
  calibrationBins,
  calibrationError,
  coverageCurve,
  type CalibrationBin,
  type CoveragePoint,
  type Forecast,
} from './quality.ts';
import type { Sample } from './samples.ts';

/** Classes of the matrices: which side of the threshold; the outcome `above` is a conversion. */
export const sides = ['above', 'below'] as const;

/**
 * Compares a model with the rule, on people who were not in its training. A decision is right when a person put above converts, or a person put below does
 * not.
 */
export interface Evaluation {
  people: number;
  converted: number;
  /** People on whom the model decides; on the others it abstains, and the rule's decision stands in its place. */
  decided: number;
  onlyModelRight: number;
  onlyRuleRight: number;
  /** Of those who converted, how many each put above. */
  modelHits: number;
  ruleHits: number;
  brier: number;
  /** Brier score of the rule, read as a forecast: on each side, the share of the people in training who converted. */
  ruleBrier: number;
  calibrationError: number;
  calibration: CalibrationBin[];
  /** Accuracy of the model if it decided only on the people it is most certain of. */
  coverage: CoveragePoint[];
  /** Rows: the rule, the outcome, the outcome. Columns: the model, the model, the rule. */
  ruleAgainstModel: ConfusionCell[];
  outcomeAgainstModel: ConfusionCell[];
  outcomeAgainstRule: ConfusionCell[];
}

/** @param seen the people of the training @param test others, of whom there is at least one */
export function evaluate(model: Model, seen: readonly Sample[], test: readonly Sample[]): Evaluation {
  const bound = (logit(model.above) + logit(model.below)) / 2;
  const judged = test.map((sample) => {
    const decision = classify(model, sample.features);
    const probability = probabilityOf(model, sample.features) as number;
    const modelAbove = decision.side === 'abstain' ? sample.ruleAbove : decision.side === 'above';
    return { ...sample, probability, modelAbove, isDecided: decision.side !== 'abstain' };
  });
  const count = (is: (one: (typeof judged)[number]) => boolean) => judged.filter(is).length;
  const ruleForecasts = forecastsOfRule(seen, test);
  const cells = (row: (one: (typeof judged)[number]) => boolean, column: (one: (typeof judged)[number]) => boolean) =>
    [true, false].flatMap((r) =>
      [true, false].map((c) => ({ row: sideOf(r), column: sideOf(c), people: count((one) => row(one) === r && column(one) === c) })),
    );
  return {
    people: judged.length,
    converted: count(({ converted }) => converted),
    decided: count(({ isDecided }) => isDecided),
    onlyModelRight: count(({ modelAbove, ruleAbove, converted }) => modelAbove === converted && ruleAbove !== converted),
    onlyRuleRight: count(({ modelAbove, ruleAbove, converted }) => modelAbove !== converted && ruleAbove === converted),
    modelHits: count(({ modelAbove, converted }) => modelAbove && converted),
    ruleHits: count(({ ruleAbove, converted }) => ruleAbove && converted),
    brier: brierScore(judged),
    ruleBrier: brierScore(ruleForecasts),
    calibrationError: calibrationError(judged),
    calibration: calibrationBins(judged),
    coverage: coverageCurve(
      judged.map(({ probability, converted }) => ({
        confidence: Math.abs(logit(probability) - bound),
        isRight: logit(probability) >= bound === converted,
      })),
    ),
    ruleAgainstModel: cells(
      ({ ruleAbove }) => ruleAbove,
      ({ modelAbove }) => modelAbove,
    ),
    outcomeAgainstModel: cells(
      ({ converted }) => converted,
      ({ modelAbove }) => modelAbove,
    ),
    outcomeAgainstRule: cells(
      ({ converted }) => converted,
      ({ ruleAbove }) => ruleAbove,
    ),
  };
}

const sideOf = (above: boolean): (typeof sides)[number] => (above ? 'above' : 'below');

function forecastsOfRule(seen: readonly Sample[], test: readonly Sample[]): Forecast[] {
  const rate = (above: boolean): number => {
    const side = seen.filter(({ ruleAbove }) => ruleAbove === above);
    // Laplace's rule of succession, so that a side with few people is not certain.
    return (side.filter(({ converted }) => converted).length + 1) / (side.length + 2);
  };
  const [above, below] = [rate(true), rate(false)];
  return test.map(({ ruleAbove, converted }) => ({ probability: ruleAbove ? above : below, converted }));
}

export interface Comparison {
  beats: boolean;
  /** One-sided p-value of McNemar's exact test. */
  p: number;
  /** What is missing; empty when it beats the rule. */
  missing: ('significance' | 'brier' | 'hits')[];
}

/**
 * Is the model better than the rule? It has to be right more often on the people on whom the two differ (McNemar's test: both judge the
 * same people, so their errors are not independent), to tell better probabilities, and to put no fewer of those who converted above; else
 * a model could win by putting nobody there.
 */
export function beatsRule(
  {
    onlyModelRight,
    onlyRuleRight,
    brier,
    ruleBrier,
    modelHits,
    ruleHits,
  }: Pick<Evaluation, 'onlyModelRight' | 'onlyRuleRight' | 'brier' | 'ruleBrier' | 'modelHits' | 'ruleHits'>,
  level = 0.05,
): Comparison {
  const p = mcNemar(onlyModelRight, onlyRuleRight).better;
  const missing: Comparison['missing'] = [];
  if (p >= level) missing.push('significance');
  if (brier >= ruleBrier) missing.push('brier');
  if (modelHits < ruleHits) missing.push('hits');
  return { beats: missing.length === 0, p, missing };
}
