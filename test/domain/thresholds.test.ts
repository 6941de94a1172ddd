import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibrate, quantile, thresholdsInForce } from '../../lambdas/domain/thresholds.ts';
import bookstore from '../../segue.config.ts';

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

describe('calibration by target share', () => {
  // 1000 people with the scores 0.1, 0.2, ... 100: the top tenth begins at 90.01.
  const scores = Array.from({ length: 1000 }, (_, index) => (index + 1) / 10);
  const current = { engaged: { enter: 85, exit: 68 } };

  test('moves the threshold to the score that the share reaches, and the exit in proportion', () => {
    const { values, changes } = calibrate(bookstore, current, { engagement: scores });
    expect(values.engaged?.enter).toBeCloseTo(90.01, 9);
    expect(values.engaged?.exit).toBeCloseTo((68 * 90.01) / 85, 9);
    expect(changes).toEqual([expect.objectContaining({ from: 85, decision: 'moved', sampleSize: 1000, shareBefore: 0.151, shareAfter: 0.1 })]);
  });

  test('goes no further than one step', () => {
    const { values, changes } = calibrate(bookstore, { engaged: { enter: 50, exit: 40 } }, { engagement: scores });
    expect(values).toEqual({ engaged: { enter: 60, exit: 48 } });
    expect(changes[0]?.decision).toBe('step-limited');
  });

  test('leaves the threshold alone when too few people are known', () => {
    const { values, changes } = calibrate(bookstore, current, { engagement: scores.slice(0, 199) });
    expect(values).toEqual(current);
    expect(changes[0]?.decision).toBe('sample-too-small');
  });

  test('ignores calibrated values of thresholds that the config no longer has', () => {
    const record = { version: 1, month: '2026-01', madeAtMs: 0, changes: [], values: { engaged: { enter: 55, exit: 44 }, gone: { enter: 1, exit: 1 } } };
    expect(thresholdsInForce(bookstore, record)).toEqual({ engaged: { enter: 55, exit: 44 } });
  });
});
