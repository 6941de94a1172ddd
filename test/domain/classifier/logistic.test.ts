import { describe, expect, test } from 'vitest';
import { fitLogistic, sigmoid } from '../../../lambdas/domain/classifier/logistic.ts';
import { plattScale } from '../../../lambdas/domain/classifier/platt.ts';
import { seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';

/** Spector and Mazzeo, "Probit Analysis and Economic Education", 1980: did a student's grade improve? */
const gpa = [2.66, 2.89, 3.28, 2.92, 4, 2.86, 2.76, 2.87, 3.03, 3.92, 2.63, 3.32, 3.57, 3.26, 3.53, 2.74, 2.75, 2.83, 3.12, 3.16, 2.06, 3.62, 2.89, 3.51, 3.54, 2.83, 3.39, 2.67, 3.65, 4, 3.1, 2.39];
const tuce = [20, 22, 24, 12, 21, 17, 17, 21, 25, 29, 20, 23, 23, 25, 26, 19, 25, 19, 23, 25, 22, 28, 14, 26, 24, 27, 17, 24, 21, 23, 21, 19];
const improved = [5, 10, 14, 20, 22, 25, 26, 27, 29, 30, 32];
const rows = gpa.map((value, index) => [value, tuce[index] as number, index >= 18 ? 1 : 0]);
const targets = gpa.map((_, index) => (improved.includes(index + 1) ? 1 : 0));

/** Derivatives of the loss, by the definition. */
function gradient(points: readonly (readonly number[])[], wanted: readonly number[], { intercept, weights }: { intercept: number; weights: number[] }, lambda: number): number[] {
  const errors = points.map((row, index) => sigmoid(weights.reduce((sum, weight, place) => sum + weight * (row[place] as number), intercept)) - (wanted[index] as number));
  const dot = (place: number) => errors.reduce((sum, error, index) => sum + error * (points[index]?.[place] as number), 0);
  return [errors.reduce((sum, error) => sum + error, 0), ...weights.map((weight, place) => dot(place) + lambda * weight)];
}

describe('logistic regression', () => {
  test("gives Greene's coefficients for the grades of Spector and Mazzeo (Econometric Analysis, table 21.1): -13.021, 2.826, 0.095, 2.379", () => {
    const { intercept, weights, converged } = fitLogistic(rows, targets);
    expect(converged).toBe(true);
    expect([intercept, ...weights]).toEqual([expect.closeTo(-13.021, 3), expect.closeTo(2.826, 3), expect.closeTo(0.095, 3), expect.closeTo(2.379, 3)]);
  });

  test('gives those of Wikipedia for hours of study and passing an exam: -4.1 and 1.5', () => {
    const hours = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5];
    const passed = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1];
    const { intercept, weights } = fitLogistic(hours.map((hour) => [hour]), passed);
    expect(intercept).toBeCloseTo(-4.0777, 4);
    expect(weights[0]).toBeCloseTo(1.5046, 4);
  });

  test.each([0, 0.1, 1, 10, 1000])('with lambda %d stops where the penalised loss is flat', (lambda) => {
    const fit = fitLogistic(rows, targets, { lambda });
    for (const part of gradient(rows, targets, fit, lambda)) expect(Math.abs(part)).toBeLessThan(1e-7);
  });

  test('shrinks weights, never the intercept', () => {
    const { intercept, weights } = fitLogistic(rows, targets, { lambda: 1e9 });
    expect(Math.max(...weights.map(Math.abs))).toBeLessThan(1e-6);
    expect(sigmoid(intercept)).toBeCloseTo(11 / 32, 4);
  });

  test('is the same each time, and says when nothing is best', () => {
    expect(fitLogistic(rows, targets, { lambda: 1 })).toEqual(fitLogistic(rows, targets, { lambda: 1 }));
    const divided = [[0], [1], [2], [3]];
    expect(fitLogistic(divided, [0, 0, 1, 1], { maxIterations: 8 })).toMatchObject({ converged: false, iterations: 8 });
    expect(fitLogistic(divided, [0, 0, 1, 1], { lambda: 0.1 }).converged).toBe(true);
    expect(fitLogistic([[1, 2], [2, 4], [3, 6]], [0, 1, 0]).converged).toBe(false);
  });

  test('takes halved steps where a whole one raises the loss, as with these features of very different size', () => {
    const points = [[-322.1, -1292.3], [3.9, -79.5], [6.1, -751.6], [82.1, -1499.7], [-65.8, 14.4]];
    const wanted = [0, 1, 1, 1, 0];
    const fit = fitLogistic(points, wanted, { lambda: 0.01 });
    expect(fit.converged).toBe(true);
    for (const part of gradient(points, wanted, fit, 0.01)) expect(Math.abs(part)).toBeLessThan(1e-6);
  });

  test('needs rows of one length', () => {
    expect(() => fitLogistic([], [])).toThrow(RangeError);
    expect(() => fitLogistic([[1], [2]], [1])).toThrow('2 rows and 1 targets');
    expect(() => fitLogistic([[1], [2, 3]], [1, 0])).toThrow('row 1 has 2 features, the first has 1');
  });
});

describe("Platt's scale", () => {
  test('of two scores tells the means of the soft targets, since two parameters fit two points', () => {
    // 10 of 40 converted at -1, 30 of 40 at +1: n+ = n- = 40, targets 41/42 and 1/42.
    const scores = Array.from({ length: 80 }, (_, index) => (index < 40 ? -1 : 1));
    const converted = scores.map((score, index) => (score < 0 ? index < 10 : index < 70));
    const { slope, offset } = plattScale(scores, converted);
    expect(sigmoid(offset - slope)).toBeCloseTo((10 * 41 + 30) / 42 / 40, 10);
    expect(sigmoid(offset + slope)).toBeCloseTo((30 * 41 + 10) / 42 / 40, 10);
  });

  test('stays finite where a line divides the outcomes', () => {
    const { slope, offset } = plattScale([-2, -1, 1, 2], [false, false, true, true]);
    expect(sigmoid(offset + 2 * slope)).toBeGreaterThan(0.7);
    expect(sigmoid(offset + 2 * slope)).toBeLessThan(0.9);
  });

  test('undoes overconfidence: log odds that are three times too large', () => {
    const random = seeded(12);
    const truth = Array.from({ length: 20_000 }, () => random() * 4 - 3);
    const { slope, offset } = plattScale(truth.map((logOdds) => 3 * logOdds + 1), truth.map((logOdds) => random() < sigmoid(logOdds)));
    expect(slope).toBeCloseTo(1 / 3, 1);
    expect(offset).toBeCloseTo(-1 / 3, 1);
  });
});
