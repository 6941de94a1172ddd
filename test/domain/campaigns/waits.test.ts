import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Effect } from '../../../lambdas/domain/profile/effects.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { mergeProfiles } from '../../../lambdas/domain/fold/merge.ts';
import { settle } from '../../../lambdas/domain/fold/settle.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { configWith, hourMs, momentAt, startMs, track } from '../../support/events.ts';

const plan = compilePlan(
  configWith({
    campaigns: {
      test: {
        title: 'Test',
        stateMachine: 'test',
        topic: 'offers',
        maxTriggerAgeHours: 24,
        startsWithoutAddress: true,
        entry: { event: 'signed_up' },
        exit: { event: 'purchase' },
        waits: { look: { event: 'product_viewed', where: [{ property: 'kind', eq: 'book' }], timeoutHours: 5 }, again: { event: 'signed_up', timeoutHours: 5 } },
        steps: { mail: { email: 'welcome-hello', afterHours: 1, shows: 'none' } },
      },
    },
  }),
);
const nowMs = startMs + hourMs;
const look = (atMs: number, kind = 'book') => track('product_viewed', atMs, { kind });
const signUp = (atMs = startMs) => track('signed_up', atMs);

/** @param batches that come one after the other */
function after(batches: readonly (readonly DomainEvent[])[], userKey = 'u#ana'): { profile: Profile; effects: Effect[] } {
  let profile: Profile = { ...emptyProfile(userKey), version: 1 };
  const effects: Effect[] = [];
  let sequence = 0;
  for (const batch of batches) {
    profile = fold(plan, profile, undefined, batch.map((event) => ({ sequenceNumber: String((sequence += 1)), event })), momentAt(nowMs, plan)).profile;
    effects.push(...profile.outbox);
    profile = { ...profile, outbox: [] };
  }
  return { profile, effects };
}
const resumed = (effects: readonly Effect[]) => effects.flatMap((effect) => (effect.kind === 'resume' ? [[effect.wait, effect.atMs]] : []));
const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind).filter((kind) => kind === 'start' || kind === 'resume');

describe('an event that a workflow waits for, and that comes before what the workflow begins with', () => {
  test.each<[string, DomainEvent[][]]>([
    ['in a batch of its own', [[look(startMs + 5)], [signUp()]]],
    ['in one batch', [[look(startMs + 5), signUp()]]],
  ])('lets it go on, since it happened after that: %s', (_how, batches) => {
    const { effects } = after(batches);
    expect(kinds(effects)).toEqual(['start', 'resume']);
    expect(resumed(effects)).toEqual([['look', startMs + 5]]);
  });

  test('and does not when it happened before, at the very beginning, or was something else', () => {
    for (const early of [look(startMs - 1), look(startMs), look(startMs + 5, 'toy')]) expect(kinds(after([[early], [signUp()]]).effects)).toEqual(['start']);
  });

  test('lets it go on once: what comes later, and time, change nothing', () => {
    const { profile, effects } = after([[look(startMs + 5)], [signUp()], [look(startMs + 9)]]);
    expect(resumed(effects)).toEqual([['look', startMs + 5]]);
    expect(settle(plan, profile, momentAt(nowMs + hourMs, plan)).outbox).toEqual([]);
  });

  test('lets it go on when a visitor did the one and a known person the other', () => {
    const [known, visitor] = [after([[signUp()]]).profile, after([[look(startMs + 5)]], 'a#d1').profile];
    expect(resumed(settle(plan, mergeProfiles(plan, known, visitor), momentAt(nowMs, plan)).outbox)).toEqual([['look', startMs + 5]]);
  });
});

test('what a workflow begins with does not end its own wait for the same event; the next one does', () => {
  const { profile, effects } = after([[signUp()]]);
  expect([kinds(effects), kinds(settle(plan, profile, momentAt(nowMs, plan)).outbox)]).toEqual([['start'], []]);
  expect(resumed(after([[signUp()], [signUp(startMs + 7)]]).effects)).toEqual([['again', startMs + 7]]);
});

test('whether a workflow goes on depends on what happened when, and not on the order in which that came, or in how many batches', () => {
  const looks = fc.uniqueArray(fc.integer({ min: -20, max: 20 }).filter((ms) => ms !== 0), { maxLength: 6 });
  fc.assert(
    fc.property(looks, fc.infiniteStream(fc.integer({ min: 0, max: 99 })), fc.infiniteStream(fc.boolean()), (times, dice, cuts) => {
      const events = [signUp(), ...times.map((ms) => look(startMs + ms))];
      const shuffled = events.map((event) => ({ event, place: dice.next().value })).toSorted((a, b) => a.place - b.place).map(({ event }) => event);
      const batches: DomainEvent[][] = [];
      for (const event of shuffled) if (batches.length > 0 && cuts.next().value) batches.at(-1)!.push(event); else batches.push([event]);
      const { effects, profile } = after(batches);
      expect(resumed(effects).map(([wait]) => wait)).toEqual(times.some((ms) => ms > 0) ? ['look'] : []);
      expect(Object.values(profile.runs)).toHaveLength(1);
    }),
  );
});
