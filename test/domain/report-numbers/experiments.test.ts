import { describe, expect, test } from 'vitest';
import { compareArms } from '../../../lambdas/domain/report-numbers/experiments.ts';
import type { CampaignConfig } from '../../../lambdas/schemas/config.ts';
import { difference } from '../../../lambdas/domain/statistics/experiments.ts';
import bookstore from '../../../examples/bookstore/segue.config.ts';

const campaign: CampaignConfig = { ...bookstore.campaigns.win_back!, holdout: 0, variants: { calm: { weight: 1, steps: {} }, bold: { weight: 3, steps: {} } } };
const arm = (name: string, people: number, converted: number) => ({ arm: name, people, converted, revenue: 0, revenueSquared: 0 });

describe('the arms of a campaign', () => {
  test('are compared with the holdout, when there is one', () => {
    const found = compareArms({ holdout: 0.1 }, campaign, [arm('bold', 2700, 540), arm('calm', 900, 95), arm('holdout', 400, 40)]);
    expect(found).toMatchObject({ control: 'holdout', verdicts: [{ arm: 'calm', kind: 'undecided' }, { arm: 'bold', kind: 'better' }] });
    expect(found?.sampleRatioP).toBeCloseTo(1, 6);
  });

  test('are compared with the first variant otherwise', () => {
    expect(compareArms({ holdout: 0 }, campaign, [arm('bold', 300, 30), arm('calm', 100, 10)])).toMatchObject({ control: 'calm', verdicts: [{ arm: 'bold' }] });
  });

  test('get no verdict when people are missing from one of them, even from all of it', () => {
    const found = compareArms({ holdout: 0 }, campaign, [arm('bold', 2000, 300), arm('calm', 1000, 100)]);
    expect(found?.verdicts[0]).toMatchObject({ kind: 'blocked', words: expect.stringMatching(/^No verdict/) });
    expect(compareArms({ holdout: 0.1 }, campaign, [arm('bold', 2700, 540), arm('calm', 900, 95)])?.verdicts[0]?.kind).toBe('blocked');
  });

  test('make no comparison when there is one alone, or the other is not in the config any more', () => {
    expect(compareArms({ holdout: 0 }, campaign, [arm('calm', 100, 10)])).toBeUndefined();
    expect(compareArms({ holdout: 0 }, campaign, [arm('calm', 100, 10), arm('old', 100, 10)])).toBeUndefined();
    expect(compareArms({ holdout: 0 }, { ...campaign, winner: 'calm' }, [arm('calm', 100, 10), arm('bold', 100, 10)])).toBeUndefined();
  });

  test('of a campaign without variants are itself and its holdout', () => {
    const found = compareArms({ holdout: 0 }, bookstore.campaigns.win_back!, [arm('-', 900, 200), arm('holdout', 100, 10)]);
    expect(found?.verdicts).toMatchObject([{ arm: '-', words: expect.stringMatching(/The campaign/) }]);
  });

  test('are told with what was planned for them, and those that were planned and have nobody, too', () => {
    const found = compareArms({ holdout: 0.1 }, { ...campaign, variants: { ...campaign.variants, new: { weight: 4, steps: {} } } }, [arm('bold', 2700, 540), arm('calm', 900, 95), arm('holdout', 400, 40), arm('old', 7, 1)]);
    expect(found?.arms.map(({ arm: name, people, planned }) => [name, people, planned])).toEqual([
      ['calm', 900, 0.1125],
      ['bold', 2700, 0.3375],
      ['new', 0, 0.45],
      ['holdout', 400, 0.1],
      ['old', 7, undefined],
    ]);
    expect(found?.arms.at(-2)?.title).toBe('Held out');
  });

  test('come with the difference, the lift and the chance to be best, where there is something to be said', () => {
    const found = compareArms({ holdout: 0.1 }, campaign, [arm('bold', 2700, 540), arm('calm', 900, 95), arm('holdout', 400, 40)]);
    const [, bold] = found?.verdicts ?? [];
    expect(bold?.conversion?.estimate).toBeCloseTo(0.2 - 0.1, 9);
    expect(bold?.lift?.estimate).toBeCloseTo(0.2 / 0.1 - 1, 9);
    expect(bold?.lift?.from).toBeGreaterThan(0);
    const chances = found?.arms.map(({ chanceToBeBest }) => chanceToBeBest ?? 0) ?? [];
    expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
    expect(chances[1]).toBeGreaterThan(0.99);
  });

  test('have intervals that are the wider the more arms there are, so that all together keep to five percent', () => {
    const variants = (count: number) => Object.fromEntries(['calm', 'bold', 'third', 'fourth', 'fifth'].slice(0, count).map((name) => [name, { weight: 1, steps: {} }]));
    const compared = (count: number) => {
      const others = Object.keys(variants(count)).slice(2).map((name) => arm(name, 1000, 100));
      return compareArms({ holdout: 0 }, { ...campaign, variants: variants(count) }, [arm('calm', 1000, 100), arm('bold', 1000, 155), ...others])?.verdicts[0];
    };
    expect([compared(2)?.kind, compared(5)?.kind]).toEqual(['better', 'undecided']);
    expect(compared(5)?.conversion?.from).toBeCloseTo(difference(arm('calm', 1000, 100), arm('bold', 1000, 155), 0.05 / 4).from, 12);
    expect(compared(5)?.lift?.from).toBeLessThan(compared(2)?.lift?.from ?? -Infinity);
  });

  test('have no chances while it is too early, or when people are missing', () => {
    for (const arms of [[arm('bold', 300, 9), arm('calm', 100, 3)], [arm('bold', 2000, 300), arm('calm', 1000, 100)]]) {
      const found = compareArms({ holdout: 0 }, campaign, arms);
      expect(found?.verdicts[0]).toEqual({ arm: 'bold', kind: expect.stringMatching(/blocked|too-few/), words: expect.any(String) });
      expect(found?.arms.some((one) => 'chanceToBeBest' in one)).toBe(false);
    }
  });
});
