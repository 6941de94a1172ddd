import { beforeAll, describe, expect, test } from 'vitest';
import { collect, type Collected } from '../../lambdas/build-report/collect.ts';
import { compilePlan } from '../../lambdas/domain/plan.ts';
import { emailPlace } from '../../lambdas/domain/report-numbers/emails.ts';
import { absent } from '../../lambdas/domain/report-numbers/people.ts';
import { periodOf } from '../../lambdas/domain/report-numbers/period.ts';
import { creditPlace } from '../../lambdas/domain/report-numbers/results.ts';
import { momentAt } from '../support/events.ts';
import { Recount, march } from '../support/recount.ts';
import { live, madeAtMs, shop, shopLog } from '../support/shop-months.ts';

const plan = compilePlan(shop);
const seeds = [1, 2, 3];

describe.each(seeds)('the numbers of a month, and the same counted again from the raw log (%i)', (seed) => {
  const log = shopLog(seed);
  const recount = new Recount(log);
  let world: Awaited<ReturnType<typeof live>>;
  let collected: Collected;
  const collectWith = (maxHeldEmails?: number) =>
    collect({ plan, profiles: world.pipeline.store, sends: world.sends, ...(maxHeldEmails !== undefined && { maxHeldEmails }) }, periodOf('2026-03'), momentAt(madeAtMs, plan));
  beforeAll(async () => {
    world = await live(log);
    collected = await collectWith();
  });

  const cells = ['offer', 'reminder'].flatMap((step) => ['short', 'long'].map((variant) => [step, variant] as const));

  test('emails and what became of them', () => {
    const outcomes = { sent: 'Send', delivered: 'Delivery', opened: 'Open', autoOpened: 'Prefetch', clicked: 'Click', bounced: 'Bounce', complained: 'Complaint', heldOut: 'heldOut' } as const;
    let total = 0;
    for (const [step, variant] of cells) {
      for (const [outcome, what] of Object.entries(outcomes)) {
        const expected = recount.countEmails(step, variant, what);
        const wanted = { [emailPlace.campaign]: 'nudge', [emailPlace.step]: step, [emailPlace.variant]: variant, [emailPlace.outcome]: outcome };
        expect([step, variant, outcome, collected.emails.sum(wanted)]).toEqual([step, variant, outcome, expected]);
        total += expected;
      }
    }
    expect(total).toBeGreaterThan(50);
  });

  test('conversions, and which emails they are credited to', () => {
    const amount = (name: string) => collected.people.conversions.sum({ 4: name });
    expect(amount('conversions')).toBe(recount.marchPurchases.length);
    expect(amount('revenue')).toBe(recount.marchPurchases.reduce((sum, { total }) => sum + total, 0));
    for (const [step, variant] of cells) {
      const credited = (name: string) =>
        collected.credits.sum({ [creditPlace.campaign]: 'nudge', [creditPlace.step]: step, [creditPlace.variant]: variant, [creditPlace.amount]: name });
      expect({ conversions: credited('conversions'), revenue: credited('revenue') }).toEqual(recount.credited(step, variant));
    }
  });

  test('the arms of the experiment', () => {
    for (const arm of ['short', 'long', 'holdout']) {
      const { people, converted, revenue } = recount.arm(arm);
      expect(people).toBeGreaterThan(0);
      expect(['people', 'converted', 'revenue'].map((amount) => collected.arms.get('nudge', arm, amount))).toEqual([people, converted, revenue]);
    }
  });

  test('segments at the start and the end, and all moves between', () => {
    const expected = new Map<string, number>();
    for (const person of recount.people) {
      const end = recount.segmentAt(person, march.untilMs - 1);
      if (end === undefined) continue;
      const key = `${recount.segmentAt(person, march.fromMs - 1) ?? absent}>${end}`;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    expect(new Map([...collected.people.segments].map(([name, count]) => [name.join('>'), count]))).toEqual(expected);
    const moves = new Map<string, number>();
    for (const [[from, to], count] of collected.people.moves) moves.set(`${from}>${to}`, (moves.get(`${from}>${to}`) ?? 0) + count);
    expect(moves).toEqual(recount.moves());
  });

  test('rules that hold together, and scores', () => {
    const overlaps = new Map<string, number>();
    const scores = new Map<string, number>();
    const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const person of recount.people) {
      const holding = recount.rulesThatHold(person, madeAtMs).map((name) => (name === 'buyers' ? 0 : 1));
      add(overlaps, holding.join(','));
      const score = recount.engagement(person, madeAtMs);
      if (score > 0) add(scores, `engagement>${Math.floor(score)}`);
    }
    expect(new Map([...collected.people.overlaps].map(([name, count]) => [name.join('>'), count]))).toEqual(overlaps);
    expect(new Map([...collected.people.scores].map(([name, count]) => [name.join('>'), count]))).toEqual(scores);
  });

  test('do not depend on how many emails are held in memory', async () => {
    const sliced = await collectWith(20);
    for (const name of ['emails', 'credits', 'arms'] as const) {
      const sorted = (sums: Collected) => [...sums[name]].map(([parts, amount]) => `${parts.join('/')} ${amount.toFixed(6)}`).sort();
      expect(sorted(sliced)).toEqual(sorted(collected));
    }
    await expect(collectWith(0)).rejects.toThrow('too many to hold');
  });
});
