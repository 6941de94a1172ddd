import { describe, expect, test } from 'vitest';
import { stabilityIndex } from '../../../lambdas/domain/statistics/psi.ts';

describe('the population stability index', () => {
  test('of hand-calculated shares', () => {
    // (0.2 - 0.25) ln 0.8 + (0.3 - 0.25) ln 1.2 + (0.4 - 0.25) ln 1.6 + (0.1 - 0.25) ln 0.4
    expect(stabilityIndex([25, 25, 25, 25], [20, 30, 40, 10])).toBeCloseTo(0.0111572 + 0.0091161 + 0.0705005 + 0.1374436, 6);
    expect(stabilityIndex([50, 50], [75, 25])).toBeCloseTo(0.25 * Math.log(3), 12);
  });

  test('looks at shares alone, and is the same both ways', () => {
    expect(stabilityIndex([1, 2, 3], [100, 200, 300])).toBeCloseTo(0, 12);
    expect(stabilityIndex([10, 20, 30], [30, 20, 10])).toBeCloseTo(stabilityIndex([30, 20, 10], [10, 20, 30]), 12);
  });

  test('counts an empty cell as half an observation', () => {
    expect(stabilityIndex([10, 10], [20, 0])).toBeCloseTo((1 - 0.5) * Math.log(1 / 0.5) + (0.025 - 0.5) * Math.log(0.025 / 0.5), 12);
  });

  test('needs observations, and the same cells', () => {
    expect(() => stabilityIndex([0, 0], [1, 1])).toThrow(RangeError);
    expect(() => stabilityIndex([1], [1, 1])).toThrow('1 cells cannot be compared with 2');
  });
});
