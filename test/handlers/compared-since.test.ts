import { describe, expect, test } from 'vitest';
import { collect } from '../../lambdas/build-report/collect.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { experimentNumbers } from '../../lambdas/domain/report-numbers/experiments.ts';
import { periodOf } from '../../lambdas/domain/period.ts';
import type { CampaignConfig, Config } from '../../lambdas/schemas/config.ts';
import { momentAt } from '../support/events.ts';
import { Recount } from '../support/recount.ts';
import * as mails from '../support/recount-emails.ts';
import { live, madeAtMs, shop, shopLog } from '../support/shop-months.ts';

const log = shopLog(2);
const march = new Recount(log, '2026-03', madeAtMs);
const shopSince = (comparedSince: string): Config => ({ ...shop, campaigns: { nudge: { ...(shop.campaigns.nudge as CampaignConfig), comparedSince } } });

async function sumsOf(config: Config) {
  const plan = compilePlan(config);
  const { pipeline, sends } = await live(log, madeAtMs, config);
  return collect({ profiles: pipeline.store, sends }, { plan, period: periodOf('2026-03'), moment: momentAt(madeAtMs, plan) });
}

describe('a comparison over months', () => {
  test.each(['2026-02-01', '2026-02-20', '2026-03-10'])('since %s has each person once, as the raw log does', async (since) => {
    const config = shopSince(since);
    const { arms } = await sumsOf(config);
    const [experiment] = experimentNumbers(config, arms);
    expect(experiment?.since).toBe(since);
    const expected = mails.arms(march, Date.parse(`${since}T00:00:00Z`));
    expect(experiment?.arms.map(({ arm, people, converted, revenue }) => ({ arm, people, converted, revenue }))).toEqual(expected);
    expect(expected.reduce((sum, { people }) => sum + people, 0)).toBeGreaterThan(10);
    // Else the day would not matter.
    expect(expected).not.toEqual(mails.arms(march));
  });

  test('leaves all other numbers of the month as they are', async () => {
    const [plain, since] = [await sumsOf(shop), await sumsOf(shopSince('2026-02-01'))];
    for (const name of ['emails', 'credits'] as const) expect([...since[name]].sort()).toEqual([...plain[name]].sort());
    expect([...since.people.conversions].sort()).toEqual([...plain.people.conversions].sort());
  });
});
