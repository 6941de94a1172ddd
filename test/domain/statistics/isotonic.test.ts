import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isotonicFit, type Weighted } from '../../../lambdas/domain/statistics/isotonic.ts';

const fitted = (points: readonly Weighted[]): number[] => isotonicFit(points).flatMap(({ value, from, until }) => new Array<number>(until - from).fill(value));
const equal = (values: readonly number[]): Weighted[] => values.map((value) => ({ value, weight: 1 }));

/** The minimax formula of Barlow et al. (1972), chapter 1: the fit at i is the largest, over j <= i, of the least mean from j to k >= i. */
function minimax(points: readonly Weighted[]): number[] {
  const mean = (from: number, until: number) => {
    const part = points.slice(from, until);
    return part.reduce((sum, { value, weight }) => sum + value * weight, 0) / part.reduce((sum, { weight }) => sum + weight, 0);
  };
  return points.map((_, i) => Math.max(...Array.from({ length: i + 1 }, (_no, j) => Math.min(...Array.from({ length: points.length - i }, (_none, k) => mean(j, i + k + 1))))));
}

describe('isotonic regression', () => {
  test.each([
    // By hand: 3 and 2 pool to 2.5, 4 and 3 to 3.5.
    [[1, 3, 2, 4, 3, 5], [1, 2.5, 2.5, 3.5, 3.5, 5]],
    // The example of R's help page of isoreg.
    [[1, 0, 4, 3, 3, 5, 4, 2, 0], [0.5, 0.5, 3, 3, 3, 3, 3, 3, 3]],
    [[5, 4, 3, 2, 1], [3, 3, 3, 3, 3]],
    [[1, 2, 3], [1, 2, 3]],
  ])('of %j is %j', (values, expected) => {
    fitted(equal(values)).forEach((value, place) => expect(value).toBeCloseTo(expected[place] as number, 12));
  });

  test('weighs, as Ayer et al. pool trials: 2 of 4, 1 of 10 and 3 of 5 give 3 of 14 for the first two', () => {
    const points = [{ value: 2 / 4, weight: 4 }, { value: 1 / 10, weight: 10 }, { value: 3 / 5, weight: 5 }];
    expect(isotonicFit(points)).toEqual([expect.objectContaining({ value: 3 / 14, weight: 14, from: 0, until: 2 }), expect.objectContaining({ value: 3 / 5, from: 2, until: 3 })]);
  });

  test('is the minimax formula, for any points', () => {
    const point = fc.record({ value: fc.double({ min: -10, max: 10, noNaN: true }), weight: fc.double({ min: 0.1, max: 10, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 12 }), (points) => {
        const [fit, oracle] = [fitted(points), minimax(points)];
        fit.forEach((value, place) => expect(value).toBeCloseTo(oracle[place] as number, 9));
      }),
    );
  });

  test('refuses points without weight', () => {
    expect(() => isotonicFit([{ value: 1, weight: 0 }])).toThrow('weight 0 at place 0');
  });
});
