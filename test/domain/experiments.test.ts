import { describe, expect, test } from 'vitest';
import { compareArms } from '../../lambdas/domain/report-numbers/verdicts.ts';
import type { CampaignConfig } from '../../lambdas/schemas/config.ts';
import bookstore from '../../segue.config.ts';

const campaign: CampaignConfig = { ...bookstore.campaigns.win_back!, holdout: 0, variants: { calm: { weight: 1, steps: {} }, bold: { weight: 3, steps: {} } } };
const arm = (name: string, people: number, converted: number) => ({ arm: name, people, converted, revenue: 0, revenueSquared: 0 });

describe('the arms of a campaign', () => {
  test('are compared with the holdout, when there is one', () => {
    const found = compareArms({ holdout: 0.1 }, campaign, [arm('bold', 2700, 540), arm('calm', 900, 95), arm('holdout', 400, 40)]);
    expect(found).toMatchObject({ control: 'holdout', verdicts: [{ arm: 'bold', verdict: { kind: 'better' } }, { arm: 'calm', verdict: { kind: 'undecided' } }] });
    expect(found?.sampleRatioP).toBeCloseTo(1, 6);
  });

  test('are compared with the first variant otherwise', () => {
    expect(compareArms({ holdout: 0 }, campaign, [arm('bold', 300, 30), arm('calm', 100, 10)])).toMatchObject({ control: 'calm', verdicts: [{ arm: 'bold' }] });
  });

  test('get no verdict when people are missing from one of them, even from all of it', () => {
    const found = compareArms({ holdout: 0 }, campaign, [arm('bold', 2000, 300), arm('calm', 1000, 100)]);
    expect(found?.verdicts[0]).toMatchObject({ verdict: { kind: 'blocked' }, words: expect.stringMatching(/^No verdict/) });
    expect(compareArms({ holdout: 0.1 }, campaign, [arm('bold', 2700, 540), arm('calm', 900, 95)])?.verdicts[0]?.verdict.kind).toBe('blocked');
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
});
