import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cart, emptyContent } from '../../../lambdas/domain/profile/content.ts';
import { mergeProfiles } from '../../../lambdas/domain/fold/merge.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { fold, type SequencedEvent } from '../../../lambdas/domain/fold/fold.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { scoreAt } from '../../../lambdas/domain/rules/score.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { settle } from '../../../lambdas/domain/fold/settle.ts';
import type { Content } from '../../../lambdas/domain/profile/content.ts';
import { bookstorePlan as plan, dayMs, hourMs, identify, momentAt, sequenced, startMs, track } from '../../support/events.ts';

const endMs = startMs + 120 * dayMs;

interface State {
  profile: Profile;
  content: Content;
}

const start = (): State => ({ profile: emptyProfile('u#ana'), content: emptyContent() });

function apply({ profile, content }: State, events: SequencedEvent[], nowMs = endMs, by = plan): State {
  const folded = fold(by, profile, content, events, momentAt(nowMs, by));
  return { profile: folded.profile, content: folded.content as Content };
}

/** Whether a threshold with an exit below its enter is on depends on what the score was meanwhile, which a late event changes; test/domain/fold/thresholds.test.ts is about those. */
const flat = compilePlan({ ...plan.config, thresholds: Object.fromEntries(Object.entries(plan.config.thresholds).map(([name, threshold]) => [name, { ...threshold, exit: threshold.enter }])) });

/** Workflows that a rule or a change of segment starts or ends depend on when somebody looked; those of events do not. */
const byEventsAlone = plan.campaigns.filter(({ entry, exit }) => 'event' in entry && !entry.when && !exit.when).map(({ name }) => name);

/** What must not depend on the order in which events came. */
function comparable({ profile, content }: State) {
  const scores = Object.fromEntries(Object.entries(profile.scores).map(([name, score]) => [name, scoreAt(score, endMs, plan.halfLifeMs(name))]));
  const runs = Object.values(profile.runs).filter(({ campaign }) => byEventsAlone.includes(campaign)).map(({ campaign, key }) => `${campaign}|${key}`).sort();
  return {
    exact: { signals: profile.signals, traits: profile.traits, consent: profile.consent, exits: Object.fromEntries(Object.entries(profile.exits).filter(([name]) => byEventsAlone.includes(name))), views: profile.views, unsubscribedAtMs: profile.unsubscribedAtMs, resubscribedAtMs: profile.resubscribedAtMs, segment: profile.segment?.name, runs, content: { ...content, version: 0 } },
    scores,
  };
}

function expectSame(a: State, b: State) {
  const [one, other] = [comparable(a), comparable(b)];
  expect(one.exact).toEqual(other.exact);
  for (const [name, value] of Object.entries(other.scores)) expect(Math.abs((one.scores[name] ?? 0) - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
}

const at = fc.integer({ min: 0, max: 100 * 24 }).map((hours) => startMs + hours * hourMs);
const someEvent: fc.Arbitrary<() => DomainEvent> = fc.oneof(
  fc.tuple(fc.constantFrom('product_viewed', 'add_to_cart', 'remove_from_cart', 'purchase', 'wishlist_saved'), at, fc.constantFrom('b1', 'b2', 'b3'), fc.integer({ min: 1, max: 40 })).map(
    ([name, atMs, product_id, price]) =>
      () =>
        track(name, atMs, { product_id, price, name: `Book ${product_id}` }),
  ),
  fc.tuple(fc.constantFrom('email_opened', 'email_clicked', 'email_delivered', 'email_unsubscribed', 'email_resubscribed'), at, fc.constantFrom('offer', 'reminder')).map(
    ([name, atMs, step]) =>
      () =>
        track(name, atMs, { campaign: 'abandoned_cart', step, topic: 'offers' }, {}, { source: 'email' }),
  ),
  fc.tuple(at, fc.boolean(), fc.constantFrom('Ana', 'Anna')).map(
    ([atMs, marketing_consent, first_name]) =>
      () =>
        identify(atMs, { email: 'ana@reader.example', first_name, marketing_consent }),
  ),
);
const history = fc.array(someEvent, { minLength: 1, maxLength: 25 }).map((makers) => makers.map((make) => make()));

/** The same order, but for events at one time: of these the later one in the stream counts, so they come as they came at first. */
function inOrderAtOneTime(shuffled: readonly DomainEvent[], original: readonly DomainEvent[]): DomainEvent[] {
  const atOneTime = Map.groupBy([...shuffled].sort((a, b) => original.indexOf(a) - original.indexOf(b)), ({ atMs }) => atMs);
  return shuffled.map(({ atMs }) => atOneTime.get(atMs)?.shift() as DomainEvent);
}

describe('of two facts with one time', () => {
  const both = (...events: DomainEvent[]) => apply(start(), sequenced(events));

  test('the later call counts', () => {
    const { profile, content } = both(identify(startMs, { email: 'zoe@reader.example', marketing_consent: false }), identify(startMs, { email: 'ana@reader.example', marketing_consent: true }));
    expect(content.traits.email?.value).toBe('ana@reader.example');
    expect(profile.consent?.value).toBe(true);
    const back = both(identify(startMs, { email: 'ana@reader.example', marketing_consent: true }), identify(startMs, { email: 'zoe@reader.example', marketing_consent: false }));
    expect(back.content.traits.email?.value).toBe('zoe@reader.example');
    expect(back.profile.consent?.value).toBe(false);
  });

  test('a product that was taken out and put in again lies in the cart', () => {
    const product = { product_id: 'b1', name: 'Emma' };
    const added = track('add_to_cart', startMs, product);
    const removed = track('remove_from_cart', startMs, product);
    expect(cart(both(removed, added).content)).toHaveLength(1);
    expect(cart(both(added, removed).content)).toHaveLength(0);
  });

  test('whose order nobody knows, since they are of two profiles, the one that allows less counts', () => {
    const consenting = (yes: boolean) => both(identify(startMs, { marketing_consent: yes })).profile;
    for (const [known, anonymous] of [[true, false], [false, true]] as const) expect(mergeProfiles(plan, consenting(known), consenting(anonymous)).consent?.value).toBe(false);
  });
});

describe('the fold', () => {
  test('gives the same profile for any split and duplication of the same events, and any order of those at different times', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), (events, dice) => {
        const inOrder = apply(start(), sequenced(events), endMs, flat);
        const doubled = [...events, ...events.filter((_, index) => (dice[index] ?? 0) % 2 === 0)];
        const shuffled = inOrderAtOneTime(doubled.map((event, index) => ({ event, key: dice[index] ?? 0 })).sort((a, b) => a.key - b.key).map(({ event }) => event), events);
        let split = start();
        let batch: SequencedEvent[] = [];
        sequenced(shuffled).forEach((event, index) => {
          batch.push(event);
          if ((dice[index] ?? 0) % 3 !== 0) return;
          split = apply(split, batch, endMs, flat);
          // The stream delivers a batch again after a lost answer.
          if ((dice[index] ?? 0) % 5 === 0) split = apply(split, batch, endMs, flat);
          batch = [];
        });
        expectSame(apply(split, batch, endMs, flat), inOrder);
      }),
      { numRuns: 300 },
    );
  });

  test('is not disturbed by refreshes in between', () => {
    fc.assert(
      fc.property(history, (events) => {
        const plain = apply(start(), sequenced(events), endMs, flat);
        let refreshed = start();
        sequenced(events).forEach((event, index) => {
          refreshed = apply(refreshed, [event], endMs, flat);
          refreshed = { ...refreshed, profile: settle(flat, refreshed.profile, momentAt(endMs - (events.length - index) * 1000, flat)) };
        });
        const last = { ...refreshed, profile: settle(flat, refreshed.profile, momentAt(endMs, flat)) };
        expectSame(last, plain);
      }),
      { numRuns: 100 },
    );
  });

  test('counts a redelivered record once, by its sequence number alone', () => {
    const events = Array.from({ length: 90 }, (_, index) => track('purchase', startMs + index * hourMs, { product_id: 'b1' }));
    const once = apply(start(), sequenced(events));
    expect(apply(once, sequenced(events))).toEqual(once);
  });

  test('goes on with the numbers of a child shard, which are larger and may be longer', () => {
    const [before, after] = [track('purchase', startMs, {}), track('purchase', startMs + hourMs, {})];
    const parent = apply(start(), [{ sequenceNumber: '99', event: before }]);
    const child = apply(parent, [{ sequenceNumber: '49668899999999999999999999999999999999999999999999999999', event: after }]);
    const late = apply(child, [{ sequenceNumber: '99', event: track('purchase', startMs, {}) }]);
    expect(Object.values(late.profile.signals).map(({ count }) => count)).toEqual([2, 2]);
  });

  test('counts an event once that the client sent again under a new sequence number', () => {
    const event = track('purchase', startMs, { product_id: 'b1' });
    const { profile } = apply(start(), sequenced([event, track('page_viewed', startMs), event]));
    expect(scoreAt(profile.scores.engagement, startMs, 30 * dayMs)).toBe(11);
  });

  test('scores +10 for a purchase and +5 for an email open', () => {
    const score = (name: string) => apply(start(), sequenced([track(name, endMs, {}, {}, { source: 'email' })])).profile.scores.engagement?.value;
    expect(score('purchase')).toBe(10);
    expect(score('email_opened')).toBe(5);
    expect(score('email_delivered')).toBeUndefined();
  });

  test('[H10] does not believe a publishable key about conversions, but lets it end workflows', () => {
    const added = track('add_to_cart', startMs, { product_id: 'b1' });
    const forged = track('purchase', startMs + hourMs, { product_id: 'b1' }, {}, { source: 'web' });
    const { profile } = apply(start(), sequenced([added, forged]), startMs + hourMs);
    expect(profile.segment?.name).toBe('everyone_else');
    expect(profile.scores.engagement?.value).toBe(4);
    expect(profile.runs).toEqual({});
    expect(profile.outbox.map(({ kind }) => kind)).toEqual(['start', 'stop', 'transition']);
  });
});

describe('segments of the bookstore', () => {
  const segmentOf = (events: DomainEvent[], nowMs: number) => apply(start(), sequenced(events), nowMs).profile.segment?.name;
  const view = (day: number) => track('product_viewed', startMs + day * dayMs, { product_id: `b${day}` });

  test('buyers of the last 30 days, engaged browsers, the dormant, and the rest', () => {
    const bought = track('purchase', startMs, { product_id: 'b1' });
    expect(segmentOf([bought], startMs + 29.9 * dayMs)).toBe('recent_buyers');
    expect(segmentOf([bought], startMs + 30 * dayMs)).toBe('everyone_else');
    expect(segmentOf([view(1), view(2), view(3)], startMs + 4 * dayMs)).toBe('engaged_browsers');
    expect(segmentOf([view(1), view(2)], startMs + 4 * dayMs)).toBe('everyone_else');
    expect(segmentOf([view(1)], startMs + 91 * dayMs)).toBe('dormant');
    expect(segmentOf([view(1)], startMs + 90.9 * dayMs)).toBe('everyone_else');
  });

  test('the dormant are not kept awake by calls and bookkeeping of servers, unless the shop says so', () => {
    const view = track('product_viewed', startMs, { product_id: 'b1' });
    const nightly = Array.from({ length: 95 }, (_, day) => identify(startMs + day * dayMs, { plan: 'basic' }));
    const others = ['email_unsubscribed', 'email_delivered'].map((name) => track(name, startMs + 94 * dayMs, { topic: 'offers' }, {}, { source: 'email' }));
    const after = (by: typeof plan) => apply(start(), sequenced([view, ...nightly, ...others]), startMs + 95 * dayMs, by).profile.segment?.name;
    expect(after(plan)).toBe('dormant');
    expect(after(compilePlan({ ...plan.config, activity: { excludes: [] } }))).toBe('everyone_else');
  });

  test('fans: a score of 50 and an email opened within 14 days, until the score is below 40', () => {
    const events = [
      ...Array.from({ length: 5 }, (_, index) => track('email_clicked', startMs + index * hourMs, {}, {}, { source: 'email' })),
      ...Array.from({ length: 4 }, (_, index) => track('email_opened', startMs + index * hourMs, {}, {}, { source: 'email' })),
    ];
    const at50 = apply(start(), sequenced(events), startMs + 5 * hourMs);
    expect(at50.profile.segment?.name).toBe('fans');
    const fellTo45 = settle(plan, at50.profile, momentAt(startMs + 8 * dayMs));
    expect(scoreAt(fellTo45.scores.engagement, startMs + 8 * dayMs, 30 * dayMs)).toBeLessThan(50);
    expect(fellTo45.segment?.name).toBe('fans');
    expect(settle(plan, fellTo45, momentAt(startMs + 13.9 * dayMs)).segment?.name).toBe('everyone_else');
  });
});

describe('time', () => {
  test('changes a segment exactly when the profile says that it is due', () => {
    const { profile } = apply(start(), sequenced([track('purchase', startMs, {})]), startMs);
    expect(profile.dueAtMs).toBe(startMs + 30 * dayMs);
    expect(settle(plan, profile, momentAt(startMs + 30 * dayMs - 1)).segment?.name).toBe('recent_buyers');
    const after = settle(plan, profile, momentAt(startMs + 30 * dayMs));
    expect(after.segment?.name).toBe('everyone_else');
    expect(after.outbox.at(-1)).toMatchObject({ kind: 'transition', from: 'recent_buyers', to: 'everyone_else', cause: 'time', scores: { engagement: 5 }, events: [{ event: 'purchase', count: 1, lastAtMs: startMs }] });
    expect(after.dueAtMs).toBe(startMs + 90 * dayMs);
  });

  test('does not move the index entry while somebody is active', () => {
    let state = apply(start(), sequenced([track('purchase', startMs, {})]), startMs);
    const due = state.profile.dueAtMs;
    for (let day = 1; day < 29; day += 1) {
      state = apply(state, sequenced([track('purchase', startMs + day * dayMs, {})], day + 1), startMs + day * dayMs);
      expect(state.profile.dueAtMs).toBe(due);
    }
  });
});

describe('workflows', () => {
  const added = track('add_to_cart', startMs, { product_id: 'b1' });

  test('start once per cart, and end with the purchase as the cause', () => {
    const first = apply(start(), sequenced([added, track('add_to_cart', startMs + hourMs, { product_id: 'b2' })]), startMs + hourMs);
    expect(first.profile.outbox.filter(({ kind }) => kind === 'start')).toHaveLength(1);
    const bought = apply(first, sequenced([track('purchase', startMs + 2 * hourMs, {})], 3), startMs + 2 * hourMs);
    expect(bought.profile.outbox).toContainEqual(expect.objectContaining({ kind: 'stop', cause: 'purchase at 2026-03-01T02:00:00.000Z' }));
    expect(bought.profile.runs).toEqual({});
  });

  test('do not start for old events, imports, or carts that were bought before the event arrived', () => {
    const starts = (events: DomainEvent[], nowMs: number) => apply(start(), sequenced(events), nowMs).profile.outbox.filter(({ kind }) => kind === 'start').length;
    expect(starts([added], startMs + 48 * hourMs)).toBe(1);
    expect(starts([added], startMs + 48.1 * hourMs)).toBe(0);
    expect(starts([track('add_to_cart', startMs, {}, {}, { source: 'import' })], startMs)).toBe(0);
    expect(starts([track('purchase', startMs + hourMs, {}), track('add_to_cart', startMs, {})], startMs + hourMs)).toBe(0);
  });

  test('are not ended by a purchase that lies before the cart', () => {
    const { profile } = apply(start(), sequenced([added, track('purchase', startMs - hourMs, {})]), startMs);
    expect(Object.keys(profile.runs)).toContain('abandoned_cart|-');
  });
});
