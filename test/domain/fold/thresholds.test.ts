import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeProfile, encodeProfile } from '../../../lambdas/adapters/profiles/codec.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { mergeProfiles } from '../../../lambdas/domain/fold/merge.ts';
import { settle } from '../../../lambdas/domain/fold/settle.ts';
import { compilePlan, type Plan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { viewAt } from '../../../lambdas/domain/profile/view.ts';
import { did } from '../../../lambdas/schemas/build-rule.ts';
import bookstore from '../../../examples/bookstore/segue.config.ts';
import { dayMs, momentAt, sequenced, startMs, track } from '../../support/events.ts';

const levels = { enter: 20, exit: 12 };
const coldLevels = { enter: -5, exit: -8 };
const halfLifeDays = 30;
const points = { purchase: 10, product_viewed: 1, add_to_cart: 4, refund: -15 } as const;

/** A shop whose rules ask for the two thresholds, behind another segment or in front of it. */
function shop(order: 'first' | 'last', scored: Record<string, number> = points): Plan {
  const hot = { name: 'hot', title: 'x', when: { score: 'value', atLeast: 'hot' } };
  const viewers = { name: 'viewers', title: 'x', when: did('product_viewed').times({ atLeast: 1 }).within(3) };
  const sour = { name: 'sour', title: 'x', when: { not: { score: 'value', atLeast: 'calm' } } };
  return compilePlan({
    ...bookstore,
    campaigns: {},
    scores: { value: { halfLifeDays, points: scored } },
    thresholds: { hot: { score: 'value', ...levels }, calm: { score: 'value', ...coldLevels } },
    segments: order === 'first' ? [hot, viewers, sour] : [viewers, hot, sour],
  } as never);
}

/** Two purchases on January 1 and one on February 15. */
const january = Date.parse('2026-01-01T00:00:00Z');
const on = (day: number, name: string, request: object = {}): DomainEvent => track(name, january + day * dayMs, {}, { messageId: `${name}${day}${Math.random()}` }, { receivedAtMs: january + day * dayMs, ...request });

/** Each batch is folded at the time of its last event, and goes through the form in which profiles are stored. */
function play(plan: Plan, batches: readonly (readonly DomainEvent[])[], looksAtMs: readonly number[] = []): Profile {
  let profile = emptyProfile('u#ana');
  const stored = (one: Profile) => decodeProfile(structuredClone(encodeProfile({ ...one, outbox: [] })));
  const looks = [...looksAtMs].sort((a, b) => a - b);
  for (const batch of batches) {
    const [first, last] = [batch[0]!.atMs, batch.at(-1)!.atMs];
    while ((looks[0] ?? Infinity) < first) profile = stored(settle(plan, profile, momentAt(looks.shift()!, plan)));
    profile = stored(fold(plan, profile, undefined, sequenced(batch, 1 + Number(profile.watermark)), momentAt(last, plan)).profile);
  }
  return profile;
}

const segmentAt = (plan: Plan, profile: Profile, atMs: number) => settle(plan, profile, momentAt(atMs, plan)).segment?.name;

describe('a threshold with hysteresis', () => {
  test.each(['first', 'last'] as const)('is left when the score has been below its exit, though nobody looked: with the segment %s in the list', (order) => {
    const plan = shop(order);
    const history = [[on(0, 'purchase')], [on(0, 'purchase')], [on(45, 'purchase')]];
    // On February 16 the score is 16.7: over the exit, and below it since January 23 until February 15.
    const atMs = january + 46 * dayMs;
    expect(segmentAt(plan, play(plan, history), atMs)).toBe('everyone_else');
    expect(segmentAt(plan, play(plan, [...history, [on(45.5, 'page_viewed')]]), atMs)).toBe('everyone_else');
    expect(segmentAt(plan, play(plan, [...history, [on(46, 'product_viewed')]]), january + 50 * dayMs)).toBe('everyone_else');
    expect(segmentAt(plan, play(plan, history, [january + 23 * dayMs, january + 30 * dayMs]), atMs)).toBe('everyone_else');
  });

  test('is entered at the instant of the event, however late somebody looks', () => {
    const plan = shop('first');
    const profile = play(plan, [[on(0, 'purchase')], [on(0, 'purchase')]]);
    expect(segmentAt(plan, profile, january + 5 * dayMs)).toBe('hot');
    // The same from an import a week later, all at once.
    const imported = fold(plan, emptyProfile('u#ana'), undefined, sequenced([on(0, 'purchase'), on(0, 'purchase')]), momentAt(january + 7 * dayMs, plan)).profile;
    expect(imported.segment?.name).toBe('hot');
    expect(segmentAt(plan, imported, january + 23 * dayMs)).toBe('everyone_else');
  });

  test('of a negative score is left and entered as well, by events and by time', () => {
    const plan = shop('first');
    const profile = play(plan, [[on(0, 'refund')]]);
    expect(profile.segment?.name).toBe('sour');
    // -15 is -5 after log2(3) half-lives.
    const calmAtMs = january + halfLifeDays * Math.log2(3) * dayMs;
    expect([-1000, 1000].map((deltaMs) => segmentAt(plan, profile, calmAtMs + deltaMs))).toEqual(['sour', 'everyone_else']);
    expect(Math.abs(profile.dueAtMs! - calmAtMs)).toBeLessThan(1000);
  });

  /** The rule read literally: the score of all events so far, just before and just after each of them. */
  function byDefinition(history: readonly { atMs: number; points: number }[], untilMs: number, { enter, exit }: typeof levels): { isOn: boolean; margin: number } {
    const before = (atMs: number) => history.filter((event) => event.atMs < atMs).reduce((sum, event) => sum + event.points * 2 ** (-(atMs - event.atMs) / (halfLifeDays * dayMs)), 0);
    let isOn = false;
    let margin = Infinity;
    const see = (value: number) => {
      margin = Math.min(margin, Math.abs(value - (isOn ? exit : enter)));
      isOn = value >= (isOn ? exit : enter);
    };
    for (const { atMs, points: more } of history) {
      if (history.some((other) => other.atMs < atMs)) see(before(atMs));
      see(before(atMs) + more);
    }
    see(before(untilMs));
    return { isOn, margin };
  }

  const names = Object.keys(points) as (keyof typeof points)[];
  const history = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 20 * 24 * 3600 }), fc.constantFrom(...names, 'page_viewed')), { minLength: 1, maxLength: 30 })
    .map((steps) => steps.reduce<{ atMs: number; name: string }[]>((all, [seconds, name]) => [...all, { atMs: (all.at(-1)?.atMs ?? startMs) + seconds * 1000, name }], []));

  test.each([['hot', levels, 'first'], ['hot', levels, 'last'], ['calm', coldLevels, 'last']] as const)('%s is what its definition says, for any history, batches and looks', (name, level, order) => {
    const plan = shop(order);
    fc.assert(
      fc.property(history, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 20 }), fc.integer({ min: 1, max: 60 }), (steps, sizes, looks, daysAfter) => {
        const nowMs = steps.at(-1)!.atMs + daysAfter * dayMs;
        const scored = steps.flatMap((step) => (step.name in points ? [{ atMs: step.atMs, points: points[step.name as keyof typeof points] }] : []));
        const { isOn, margin } = byDefinition(scored, nowMs, level);
        fc.pre(margin > 1e-6);
        const events = steps.map((step, place) => track(step.name, step.atMs, {}, { messageId: `m${place}` }, { receivedAtMs: step.atMs }));
        const batches: DomainEvent[][] = [];
        for (let [from, turn] = [0, 0]; from < events.length; turn += 1) batches.push(events.slice(from, (from += sizes[turn % sizes.length]!)));
        const profile = play(plan, batches, looks.map((days) => startMs + days * dayMs));
        expect(viewAt(plan, profile, momentAt(nowMs, plan)).thresholdsOn.includes(name)).toBe(isOn);
      }),
      { numRuns: 300 },
    );
  });

  test('is found again at the time that the index names: nothing changes before it, for any history', () => {
    const plan = compilePlan({ ...shop('first').config, segments: [{ name: 'hot', title: 'x', when: { score: 'value', atLeast: 'hot', below: 40 } }, { name: 'low', title: 'x', when: { score: 'value', below: -2 } }] } as never);
    fc.assert(
      fc.property(history, fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 5 }), (steps, permille) => {
        const profile = play(plan, steps.map((step, place) => [track(step.name, step.atMs, {}, { messageId: `m${place}` }, { receivedAtMs: step.atMs })]));
        const fromMs = steps.at(-1)!.atMs;
        const untilMs = Math.min(profile.dueAtMs ?? Infinity, fromMs + 400 * dayMs);
        for (const part of permille) expect(segmentAt(plan, profile, Math.floor(fromMs + ((untilMs - 1 - fromMs) * part) / 1000))).toBe(profile.segment?.name);
      }),
      { numRuns: 200 },
    );
  });
});

describe('after a merge', () => {
  const plan = shop('first');
  const visitor = (...events: DomainEvent[]) => fold(plan, emptyProfile('a#phone'), undefined, sequenced(events), momentAt(events.at(-1)!.atMs, plan)).profile;

  test('who was over a threshold on either side still is, and two who were not may be together', () => {
    const [known, phone] = [play(plan, [[on(0, 'purchase')]]), visitor(on(1, 'purchase'))];
    // 9.77 and 10 are less than 20.
    expect(segmentAt(plan, mergeProfiles(plan, known, phone), january + 2 * dayMs)).toBe('everyone_else');
    const twice = visitor(on(1, 'purchase'), on(1, 'add_to_cart'));
    expect(segmentAt(plan, mergeProfiles(plan, known, twice), january + 2 * dayMs)).toBe('hot');
    const hot = visitor(on(0, 'purchase'), on(0, 'purchase'));
    const cold = play(plan, [[on(20, 'product_viewed')]]);
    expect(segmentAt(plan, mergeProfiles(plan, cold, hot), january + 24 * dayMs)).toBe('hot');
  });

  test('who has been below the exit meanwhile is not', () => {
    const hot = play(plan, [[on(0, 'purchase'), on(0, 'purchase')]]);
    const phone = visitor(on(45, 'purchase'));
    expect(segmentAt(plan, mergeProfiles(plan, hot, phone), january + 46 * dayMs)).toBe('everyone_else');
  });
});
