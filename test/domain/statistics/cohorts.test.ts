import { describe, expect, test } from 'vitest';
import { seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';
import { Cohorts, ScoreSums } from '../../../lambdas/domain/statistics/cohorts.ts';
import { relativeError } from '../../../lambdas/domain/statistics/sketch.ts';

const sumsOf = (scores: readonly number[]): ScoreSums => {
  const sums = new ScoreSums();
  scores.forEach((score) => sums.add(score));
  return sums;
};

const someScores = (seed: number): number[] => {
  const random = seeded(seed);
  return Array.from({ length: 501 }, () => (random() < 0.2 ? 0 : random() ** 3 * 100));
};

describe('a summary of scores', () => {
  test('has the exact mean, and the quantiles of the sorted scores within the error of the sketch', () => {
    const scores = someScores(1);
    const sorted = scores.toSorted((a, b) => a - b);
    const { people, mean, lowest10, median, highest10 } = sumsOf(scores).summary()!;
    expect(people).toBe(501);
    expect(mean).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / 501, 10);
    expect(lowest10).toBe(0);
    for (const [found, rank] of [[median, 250], [highest10, 450]] as const) {
      const exact = sorted[rank] as number;
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * relativeError * 1.0001);
    }
  });

  test('counts people without a score', () => {
    expect(sumsOf([0, 0, 0, 8]).summary()).toEqual({ people: 4, mean: 2, lowest10: 0, median: 0, highest10: 0 });
    expect(sumsOf([]).summary()).toBeUndefined();
  });
});

describe('cohorts', () => {
  test('of parts of the people add up to those of all, through JSON too', () => {
    const all = new Cohorts();
    const parts = [new Cohorts(), new Cohorts(), new Cohorts()];
    someScores(2).forEach((score, index) => {
      const [cohort, month] = [`2026-0${1 + (index % 2)}`, `2026-0${3 + (index % 4)}`];
      all.add(cohort, month, score);
      parts[index % 3]?.add(cohort, month, score);
    });
    const merged = new Cohorts();
    for (const part of parts.reverse()) merged.merge(Cohorts.unpack(JSON.parse(JSON.stringify(part.pack()))));
    const rounded = all.rows().map((row) => ({ ...row, mean: expect.closeTo(row.mean, 9) }));
    expect(merged.rows()).toEqual(rounded);
    expect(all.rows().map(({ cohort, month }) => `${cohort} ${month}`)).toEqual(['2026-01 2026-03', '2026-01 2026-05', '2026-02 2026-04', '2026-02 2026-06']);
  });

  test('keep cohorts and months apart', () => {
    const cohorts = new Cohorts();
    cohorts.add('2026-01', '2026-02', 10);
    cohorts.add('2026-01', '2026-02', 20);
    cohorts.add('2026-01', '2026-03', 4);
    cohorts.add('2026-02', '2026-03', 6);
    expect(cohorts.rows().map(({ cohort, month, people, mean }) => [cohort, month, people, mean])).toEqual([
      ['2026-01', '2026-02', 2, 15],
      ['2026-01', '2026-03', 1, 4],
      ['2026-02', '2026-03', 1, 6],
    ]);
  });
});
