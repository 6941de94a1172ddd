import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeProfile, encodeProfile } from '../../../lambdas/adapters/profiles/codec.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { mergeProfiles } from '../../../lambdas/domain/fold/merge.ts';
import type { Outcome } from '../../../lambdas/domain/profile/outcome.ts';
import { outcomeOf } from '../../../lambdas/domain/profile/outcomes.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { bookstorePlan as plan, configWith, dayMs, hourMs, momentAt, sequenced, track } from '../../support/events.ts';

const [january, february, march, april] = [0, 1, 2, 3].map((month) => Date.UTC(2026, month)) as [number, number, number, number];
const endMs = Date.UTC(2026, 5, 1);

const folded = (events: readonly DomainEvent[], first = 1, before: Profile = emptyProfile('u#ana')): Profile =>
  fold(plan, before, undefined, sequenced(events, first), momentAt(endMs)).profile;

const buy = (atMs: number, total = 20) => track('purchase', atMs, { total });
const view = (atMs: number) => track('product_viewed', atMs, { product_id: 'b1' });
const sent = (atMs: number) => track('email_sent', atMs, {}, {}, { source: 'email' });

/** What a person's outcomes must be, straight from all of their events. */
function recounted(events: readonly DomainEvent[]): Outcome[] {
  const monthOf = (atMs: number) => Date.UTC(new Date(atMs).getUTCFullYear(), new Date(atMs).getUTCMonth());
  const points: Record<string, number> = { purchase: 10, product_viewed: 2 };
  const months = [...new Set(events.map(({ atMs }) => monthOf(atMs)))].sort((a, b) => a - b).slice(-2);
  return months.map((monthMs) => {
    const before = events.filter(({ atMs }) => atMs < monthMs).map(({ name, atMs }) => (points[name] ?? 0) * 2 ** (-(monthMs - atMs) / (30 * dayMs)));
    const within = events.filter(({ atMs }) => monthOf(atMs) === monthMs);
    const bought = within.filter(({ name }) => name === 'purchase');
    const score = before.reduce((sum, one) => sum + one, 0);
    return {
      monthMs,
      scores: { engagement: score },
      converted: bought.length,
      revenue: bought.reduce((sum, { properties }) => sum + Number(properties.total), 0),
      mailed: within.some(({ name }) => name === 'email_sent'),
    };
  });
}

function expectSame(actual: readonly Outcome[], expected: readonly Outcome[]) {
  const rounded = (outcomes: readonly Outcome[]) =>
    outcomes.map((one) => ({ ...one, scores: { engagement: Number((one.scores.engagement ?? 0).toPrecision(9)) }, revenue: Number(one.revenue.toFixed(6)) }));
  expect(rounded(actual)).toEqual(rounded(expected));
}

const someEvent: fc.Arbitrary<DomainEvent> = fc
  .tuple(fc.constantFrom(buy, view, sent), fc.integer({ min: 0, max: 120 * 24 }))
  .map(([make, hours]) => make(january + hours * hourMs));
const someEvents = fc.array(someEvent, { minLength: 1, maxLength: 20 });
const stored = (profile: Profile): Profile => decodeProfile(structuredClone(encodeProfile({ ...profile, outbox: [] })));

describe('outcomes', () => {
  test('are what a recount of all events gives, in any order, split and duplication, and through the table', () => {
    fc.assert(
      fc.property(someEvents, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (events, dice) => {
        const doubled = [...events, ...events.filter((_, index) => (dice[index] ?? 0) % 2 === 0)];
        const shuffled = doubled.map((event, index) => ({ event, key: dice[index] ?? 0 })).sort((a, b) => a.key - b.key).map(({ event }) => event);
        let profile = emptyProfile('u#ana');
        shuffled.forEach((event, index) => {
          profile = folded([event], index + 1, (dice[index] ?? 0) % 3 === 0 ? stored(profile) : profile);
          // Delivered once more.
          if ((dice[index] ?? 0) % 5 === 0) profile = folded([event], index + 1, profile);
        });
        expectSame(stored(profile).outcomes, recounted(events));
      }),
      { numRuns: 300 },
    );
  });

  test('of an anonymous and a known profile add up, whichever comes first', () => {
    fc.assert(
      fc.property(someEvents, someEvents, (known, anonymous) => {
        const [a, b] = [folded(known), folded(anonymous)];
        expectSame(mergeProfiles(plan, a, b).outcomes, recounted([...known, ...anonymous]));
        expectSame(mergeProfiles(plan, b, a).outcomes, recounted([...known, ...anonymous]));
      }),
      { numRuns: 300 },
    );
  });

  test('hold the scores from before the month, not those that the month itself brings', () => {
    const { outcomes } = folded([buy(march - 30 * dayMs), buy(march), sent(march + dayMs)]);
    expect(outcomes.at(-1)).toEqual({ monthMs: march, scores: { engagement: 5 }, converted: 1, revenue: 20, mailed: true });
  });

  test('of a month without events are the scores that were left at its start', () => {
    const profile = folded([buy(february - 30 * dayMs)]);
    expect(outcomeOf(plan, profile, february)).toEqual({ monthMs: february, scores: { engagement: 5 }, converted: 0, revenue: 0, mailed: false });
    // The same when the person came back later.
    const back = folded([view(april)], 2, profile);
    expect(outcomeOf(plan, back, february)?.scores.engagement).toBeCloseTo(5, 9);
  });

  test('are not guessed for a month that is not kept any more, or that had begun when they began to be kept', () => {
    expect(outcomeOf(plan, folded([view(january), view(march), view(april)]), january)).toBeUndefined();
    const untold = { ...emptyProfile('u#ana'), scores: { engagement: { value: 8, atMs: march + dayMs } } };
    expect(outcomeOf(plan, untold, march)).toBeUndefined();
    const partial = folded([buy(march + 2 * dayMs)], 1, untold);
    expect(outcomeOf(plan, partial, march)).toBeUndefined();
    expect(outcomeOf(plan, stored(partial), march)).toBeUndefined();
    // The next month is whole.
    expect(outcomeOf(plan, folded([buy(april)], 2, partial), april)).toMatchObject({ converted: 1 });
  });

  test('do not believe a publishable key about conversions', () => {
    const { outcomes } = folded([track('purchase', march, { total: 20 }, {}, { source: 'web' })]);
    expect(outcomes[0]).toMatchObject({ converted: 0, revenue: 0 });
  });

  test('are not kept while no threshold is calibrated', () => {
    const quiet = compilePlan(configWith({ thresholds: { engaged: { score: 'engagement', enter: 50, exit: 40 } } }));
    const { profile } = fold(quiet, emptyProfile('u#ana'), undefined, sequenced([buy(march), buy(april)]), momentAt(endMs));
    expect(profile.outcomes).toEqual([]);
    expect(encodeProfile(profile).mon).toBeUndefined();
  });
});
