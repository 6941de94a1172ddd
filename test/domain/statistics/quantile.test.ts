import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantile } from '../../../lambdas/domain/statistics/quantile.ts';

describe('quantile', () => {
  // numpy.quantile([1,2,3,4], q) and R's quantile(c(15,20,35,40,50), q, type = 7).
  test.each([
    [[1, 2, 3, 4], 0.25, 1.75],
    [[1, 2, 3, 4], 0.5, 2.5],
    [[15, 20, 35, 40, 50], 0.4, 29],
    [[15, 20, 35, 40, 50], 0.9, 46],
    [[7], 0.3, 7],
  ])('of %j at %d is %d', (values, p, expected) => {
    expect(quantile(values, p)).toBeCloseTo(expected, 12);
  });

  test('does not depend on the order, and lies between the extremes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        const value = quantile(values, p);
        expect(quantile([...values].reverse(), p)).toBe(value);
        expect(value).toBeGreaterThanOrEqual(Math.min(...values));
        expect(value).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });
});
