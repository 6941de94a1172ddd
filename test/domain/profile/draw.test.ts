import { describe, expect, test } from 'vitest';
import { decodeProfile, encodeProfile } from '../../../lambdas/adapters/profiles/codec.ts';
import { isInHoldout, variantOf } from '../../../lambdas/domain/campaigns/variants.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { mergeProfiles } from '../../../lambdas/domain/fold/merge.ts';
import { drawKeyIn, drawKeyOf } from '../../../lambdas/domain/profile/draw.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { viewOf } from '../../../lambdas/domain/profile/view.ts';
import { bookstorePlan as plan, dayMs, hourMs, momentAt, sequenced, startMs, track } from '../../support/events.ts';

const variants = { a: { weight: 1, steps: {} }, b: { weight: 3, steps: {} } };
const isB = (key: string) => variantOf('c', { variants }, key) === 'b';
const isHeld = (key: string) => isInHoldout({ holdout: 0.1 }, 'c', { holdout: 0.2, transactional: false }, key);
const drawn = (profile: Profile) => [isB(drawKeyOf(profile)), isHeld(drawKeyOf(profile))];

/** Somebody of whom an event came in at these times. */
const seen = (userKey: string, ...timesMs: number[]): Profile =>
  decodeProfile(structuredClone(encodeProfile({ ...fold(plan, emptyProfile(userKey), undefined, sequenced(timesMs.map((atMs) => track('add_to_cart', atMs, {}, {}, { receivedAtMs: atMs }))), momentAt(Math.max(...timesMs))).profile, outbox: [], version: 1 })));
const joined = (known: Profile, ...visitors: Profile[]): Profile => visitors.reduce((profile, visitor) => decodeProfile(structuredClone(encodeProfile({ ...mergeProfiles(plan, profile, visitor), outbox: [] }))), known);

describe('a person is drawn once', () => {
  test('as the visitor whom they were, before and after they log in: 1,000 of 1,000', () => {
    const changed = Array.from({ length: 1000 }, (_, index) => index).filter((index) => {
      const visitor = seen(`a#d${index}`, startMs);
      return String(drawn(joined(seen(`u#p${index}`, startMs + hourMs), visitor))) !== String(drawn(visitor));
    });
    expect(changed).toEqual([]);
  });

  test('as the account that was there before a new device, as somebody of whom nothing else is known, and as ever by profiles from before this', () => {
    expect(drawKeyOf(joined(seen('u#ana', startMs), seen('a#new', startMs + dayMs)))).toBe('u#ana');
    expect(drawKeyOf(joined(seen('u#ana', startMs), emptyProfile('a#empty')))).toBe('u#ana');
    expect(drawKeyOf(joined({ ...seen('u#ana', startMs), sinceMs: undefined }, seen('a#d', startMs - dayMs)))).toBe('u#ana');
    expect(drawKeyOf(joined(emptyProfile('u#ana'), seen('a#d', startMs)))).toBe('a#d');
    expect(drawKeyOf(seen('u#ana', startMs))).toBe('u#ana');
  });

  test('and keeps to it over any further devices, however old', () => {
    const devices = [3, 1, 2, 0].map((day) => seen(`a#d${day}`, startMs + day * dayMs));
    expect(drawKeyOf(joined(seen('u#ana', startMs + 9 * dayMs), ...devices))).toBe('a#d3');
    expect(drawKeyOf(joined(joined(seen('u#ana', startMs), seen('a#later', startMs + dayMs)), seen('a#older', startMs - dayMs)))).toBe('u#ana');
  });

  test('in whatever order events come in, and by when they came in, which no browser can say', () => {
    const timesMs = [startMs + 5, startMs + 1, startMs + 3];
    expect(seen('a#d', ...timesMs).sinceMs).toBe(startMs + 1);
    const backdated = fold(plan, emptyProfile('a#d'), undefined, sequenced([track('page_viewed', startMs - 900 * dayMs, {}, {}, { receivedAtMs: startMs + dayMs })]), momentAt(startMs + dayMs)).profile;
    expect(drawKeyOf(joined(seen('u#ana', startMs), { ...backdated, outbox: [] }))).toBe('u#ana');
  });

  test('for random buckets of rules as well', () => {
    expect(viewOf(plan, joined(seen('u#ana', startMs + 1), seen('a#d', startMs))).userKey).toBe('a#d');
  });

  test('for each workflow: those that run keep what they began with', () => {
    const [known, visitor] = [seen('u#ana', startMs + hourMs), seen('a#d', startMs)];
    const [own, other] = [known, visitor].map(({ runs }) => Object.values(runs)[0]!);
    const merged = joined({ ...known, runs: { 'welcome|-': { ...own!, campaign: 'welcome', executionName: 'w1' } } }, visitor);
    expect([drawKeyIn(merged, 'w1'), drawKeyIn(merged, other!.executionName), drawKeyIn(merged, 'another'), drawKeyOf(merged)]).toEqual(['u#ana', 'a#d', 'a#d', 'a#d']);
  });

  test('so the shares stay those of the config', () => {
    const people = Array.from({ length: 4000 }, (_, index) => joined({ ...emptyProfile(`u#${index}`), watermark: '1', sinceMs: index % 2 === 0 ? 5 : 1 }, { ...emptyProfile(`a#${index}`), watermark: '1', sinceMs: 3 }));
    const share = (holds: (key: string) => boolean) => people.filter((profile) => holds(drawKeyOf(profile))).length / people.length;
    // Four standard deviations.
    expect(Math.abs(share(isB) - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / 4000));
    expect(Math.abs(share(isHeld) - 0.28)).toBeLessThan(4 * Math.sqrt((0.28 * 0.72) / 4000));
  });
});
