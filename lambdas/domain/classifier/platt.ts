import { fitLogistic } from './logistic.ts';

export interface PlattScale {
  slope: number;
  offset: number;
}

/**
 * Makes probabilities of scores: Platt, "Probabilistic Outputs for Support Vector Machines", 1999, with the soft targets of section 2.2,
 * (n+ + 1) / (n+ + 2) and 1 / (n- + 2), that keep few people from making certainties. To be fitted on people whom the score was not
 * trained on. Lin, Lin and Weng, Machine Learning 68 (2007), minimise the same loss by the same Newton steps.
 * @param scores log odds of the uncalibrated model
 * @throws RangeError for no people
 */
export function plattScale(scores: readonly number[], converted: readonly boolean[]): PlattScale {
  const positives = converted.filter(Boolean).length;
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (converted.length - positives + 2)];
  const { intercept, weights } = fitLogistic(
    scores.map((score) => [score]),
    converted.map((is) => (is ? high : low)),
  );
  return { slope: weights[0] as number, offset: intercept };
}
