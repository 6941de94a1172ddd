import { describe, expect, test } from 'vitest';
import { seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';
import { leastConverted } from '../../../lambdas/domain/statistics/experiments.ts';
import { logRatio, relativeLift } from '../../../lambdas/domain/statistics/lift.ts';

const arm = (people: number, converted: number) => ({ people, converted });

describe('the ratio of two rates', () => {
  // 95 percent intervals for one look, exp(estimate -+ 1.96 deviations).
  test.each([
    ["scipy's example of relative_risk", arm(487, 44), arm(122, 27), 2.4495156482861398, 1.5836990926700116, 3.7886786315466354],
    ['aspirin and heart attacks: Agresti, Categorical Data Analysis, 3.1.3', arm(11_037, 104), arm(11_034, 189), 1.82, 1.43, 2.31],
  ])('is that of %s', (_name, control, treated, ratio, from, to) => {
    const { estimate, variance } = logRatio(control, treated)!;
    const reach = 1.959963984540054 * Math.sqrt(variance);
    const digits = Number.isInteger(ratio * 100) ? 2 : 10;
    expect([estimate, estimate - reach, estimate + reach].map(Math.exp)).toEqual([expect.closeTo(ratio, digits), expect.closeTo(from, digits), expect.closeTo(to, digits)]);
  });

  test('does not exist while nobody converted, or everybody did', () => {
    expect(relativeLift(arm(100, 0), arm(100, 3))).toBeUndefined();
    expect(relativeLift(arm(100, 3), arm(100, 0))).toBeUndefined();
    expect(relativeLift(arm(100, 100), arm(50, 50))).toBeUndefined();
  });
});

describe('lift against a holdout', () => {
  test('is the share by which more convert, and its interval leaves out 0 just when the p-value is below the level', () => {
    expect(relativeLift(arm(1000, 100), arm(9000, 1125))?.estimate).toBeCloseTo(0.25, 12);
    for (let converted = 60; converted < 200; converted += 1) {
      const { from, estimate, to, p } = relativeLift(arm(1000, 100), arm(2000, 2 * converted))!;
      expect(from).toBeLessThan(estimate);
      expect(to).toBeGreaterThan(estimate);
      expect(from > 0 || to < 0).toBe(p < 0.05);
    }
  });

  test('gives false alarms in at most 5 of 100 comparisons of the same with a holdout of a fifth, looking after every fifth person', () => {
    const random = seeded(17);
    const runs = 2000;
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      const [control, treated] = [arm(0, 0), arm(0, 0)];
      while (control.people < 1000) {
        for (const [group, size] of [[control, 1], [treated, 4]] as const) {
          group.people += size;
          for (let person = 0; person < size; person += 1) if (random() < 0.08) group.converted += 1;
        }
        if (Math.min(control.converted, treated.converted) >= leastConverted && relativeLift(control, treated)!.p < 0.05) {
          alarms += 1;
          break;
        }
      }
    }
    expect(alarms / runs).toBeLessThanOrEqual(0.05);
  });

  test('finds what is there: 8 against 12 percent with 2,000 held out', () => {
    const random = seeded(19);
    const counted = (people: number, rate: number) => arm(people, Array.from({ length: people }, () => random()).filter((value) => value < rate).length);
    const found = Array.from({ length: 100 }, () => relativeLift(counted(2000, 0.08), counted(8000, 0.12))!).filter(({ from }) => from > 0);
    expect(found.length).toBeGreaterThanOrEqual(95);
  });
});
