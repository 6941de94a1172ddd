import { describe, expect, test } from 'vitest';
import { bootstrapInterval, poisson, seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';

describe('poisson variates', () => {
  test.each([0.3, 4, 40, 64, 5000])('of mean %d have that mean and that variance', (mean) => {
    const random = seeded(1);
    const draws = Array.from({ length: 20_000 }, () => poisson(mean, random));
    const average = draws.reduce((sum, one) => sum + one, 0) / draws.length;
    const variance = draws.reduce((sum, one) => sum + (one - average) ** 2, 0) / draws.length;
    // Four standard errors.
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(mean / draws.length));
    expect(Math.abs(variance / mean - 1)).toBeLessThan(4 * Math.sqrt((2 + 1 / mean) / draws.length));
  });

  test('of mean 0 are 0', () => expect(poisson(0, seeded(1))).toBe(0));
});

describe('the bootstrap interval', () => {
  const share = (counts: readonly number[]) => (counts[0] as number) / ((counts[0] as number) + (counts[1] as number));

  test('of a share is that of the normal theory, p +- 1.96 sqrt(p(1 - p)/n)', () => {
    const { low, high } = bootstrapInterval([200, 800], share, seeded(7), { replicates: 4000 });
    const margin = 1.96 * Math.sqrt((0.2 * 0.8) / 1000);
    expect(low).toBeCloseTo(0.2 - margin, 2.5);
    expect(high).toBeCloseTo(0.2 + margin, 2.5);
  });

  test('covers the true share about as often as it says', () => {
    const random = seeded(11);
    let covered = 0;
    for (let trial = 0; trial < 300; trial += 1) {
      let hits = 0;
      for (let person = 0; person < 400; person += 1) hits += random() < 0.3 ? 1 : 0;
      const { low, high } = bootstrapInterval([hits, 400 - hits], share, random);
      if (low <= 0.3 && 0.3 <= high) covered += 1;
    }
    // 95% of 300 is 285, with a standard deviation of 3.8.
    expect(covered).toBeGreaterThanOrEqual(270);
    expect(covered).toBeLessThanOrEqual(298);
  });

  test('is the same for the same seed, and another for another', () => {
    const interval = (seed: number) => bootstrapInterval([20, 80], share, seeded(seed));
    expect(interval(1)).toEqual(interval(1));
    expect(interval(1)).not.toEqual(interval(2));
  });
});
