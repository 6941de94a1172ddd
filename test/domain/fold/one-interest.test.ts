import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeProfile, encodeProfile } from '../../../lambdas/adapters/profiles/codec.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { fold } from '../../../lambdas/domain/fold/fold.ts';
import { mergeProfiles } from '../../../lambdas/domain/fold/merge.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { signalId } from '../../../lambdas/domain/rules/signals.ts';
import config from '../../../examples/bookstore/segue.config.ts';
import { dayMs, hourMs, momentAt, sequenced, startMs, track } from '../../support/events.ts';

const sale = [{ property: 'link', contains: '/sale' }] as never;
const plan = compilePlan({
  ...config,
  campaigns: {},
  segments: [
    { name: 'openers', title: 'x', when: { did: 'email_opened', atLeast: 3, withinDays: 30 } },
    { name: 'clickers', title: 'x', when: { any: [{ did: 'email_clicked', atLeast: 3, withinDays: 30 }, { did: 'email_clicked', where: sale, atLeast: 1, withinDays: 30 }] } },
  ],
});
let count = 0;
const opened = (sendId: string, atMs: number) => track('email_opened', atMs, { send_id: sendId }, { messageId: `m${(count += 1)}` }, { source: 'email', receivedAtMs: atMs });
const clicked = (sendId: string, atMs: number, link = 'https://shop.example/b1') => track('email_clicked', atMs, { send_id: sendId, link }, { messageId: `m${(count += 1)}` }, { source: 'email', receivedAtMs: atMs });

/** Each event in a batch of its own, and through the database's form. */
const after = (events: readonly DomainEvent[], start = emptyProfile('u#ana')): Profile =>
  events.reduce((profile, event, place) => decodeProfile(structuredClone(encodeProfile({ ...fold(plan, profile, undefined, sequenced([event], place + 1 + Number(profile.watermark)), momentAt(event.atMs)).profile, outbox: [] }))), start);
const countOf = ({ signals }: Profile, name: string, where?: never) => signals[signalId(name, where)]?.count ?? 0;
const points = ({ scores }: Profile) => Math.round(scores.engagement?.value ?? 0);

describe('one email is of interest once', () => {
  test('twelve fetches of one picture, by other message ids and hours apart, are one open', () => {
    const profile = after(Array.from({ length: 12 }, (_, hour) => opened('s1', startMs + hour * 2 * hourMs)));
    expect([countOf(profile, 'email_opened'), points(profile)]).toEqual([1, 5]);
    expect(profile.segment?.name).not.toBe('openers');
  });

  test('other emails count each, and what names no email counts as it comes', () => {
    const profile = after([opened('s1', startMs), opened('s2', startMs + 1), track('email_opened', startMs + 2, {}, { messageId: 'x' }, { source: 'email' }), track('email_opened', startMs + 3, {}, { messageId: 'y' }, { source: 'email' })]);
    expect(countOf(profile, 'email_opened')).toBe(4);
  });

  test('clicks on one link count once; another link counts for the rules that ask about links, and gives no points', () => {
    const profile = after([clicked('s1', startMs), clicked('s1', startMs + hourMs), clicked('s1', startMs + 2 * hourMs, 'https://shop.example/sale'), clicked('s1', startMs + dayMs, 'https://shop.example/sale')]);
    expect([countOf(profile, 'email_clicked'), countOf(profile, 'email_clicked', sale), points(profile)]).toEqual([1, 1, 7]);
  });

  test('in any order and repetition, the same emails are counted', () => {
    const told = fc.array(fc.tuple(fc.constantFrom('s1', 's2', 's3', 's4'), fc.boolean(), fc.integer({ min: 0, max: 40 })), { minLength: 1, maxLength: 12 });
    const shuffled = told.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })));
    const toEvents = (list: readonly [string, boolean, number][]) => list.map(([sendId, isClick, hour]) => (isClick ? clicked(sendId, startMs + hour * hourMs) : opened(sendId, startMs + hour * hourMs)));
    fc.assert(
      fc.property(shuffled, ([list, repeated]) => {
        const [one, other] = [after(toEvents(list)), after(toEvents(repeated))];
        for (const name of ['email_opened', 'email_clicked']) expect(countOf(other, name)).toBe(countOf(one, name));
        expect(countOf(one, 'email_opened')).toBe(new Set(list.filter(([, isClick]) => !isClick).map(([sendId]) => sendId)).size);
      }),
      { numRuns: 60 },
    );
  });

  test('two histories know of each other what was opened', () => {
    const anonymous = { ...after([opened('s1', startMs)]), userKey: 'a#d1' };
    const merged = mergeProfiles(plan, after([opened('s2', startMs)]), anonymous);
    expect(countOf(after([opened('s1', startMs + hourMs), opened('s2', startMs + hourMs)], { ...merged, watermark: '' }), 'email_opened')).toBe(2);
  });

  test('the memory stays small', () => {
    const profile = after(Array.from({ length: 200 }, (_, index) => opened(`s${index}`, startMs + index)));
    expect(encodeProfile(profile).int?.length).toBe(48 * 6);
  });
});
