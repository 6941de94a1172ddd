import { describe, expect, test } from 'vitest';
import { emptyContent } from '../../lambdas/domain/profile/content.ts';
import { WriteConflict } from '../../lambdas/domain/errors.ts';
import { comparableSequence, emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { readPastEvent, type PastEvent } from '../../tools/replay/events.ts';
import { Histories } from '../../tools/replay/histories.ts';
import { rebuild, type Standing } from '../../tools/replay/rebuild.ts';
import { inPlaceOf, write } from '../../tools/replay/write.ts';
import { bookstorePlan, dayMs, envelopeOf, hourMs, momentAt, startMs } from '../support/events.ts';
import { MemoryProfiles } from '../support/fakes.ts';

const iso = (atMs: number) => new Date(atMs).toISOString();
const past = (envelope: Envelope, sequence?: number) =>
  readPastEvent(JSON.stringify(envelope), config, sequence === undefined ? undefined : String(sequence)) as PastEvent;
const view = (more: object, atMs = startMs, request: Partial<Envelope> = {}) =>
  envelopeOf({ event: 'product_viewed', timestamp: iso(atMs), ...more }, { receivedAtMs: atMs, ...request });
const login = (userId: string, anonymousId: string, atMs: number) =>
  envelopeOf({ userId, anonymousId, timestamp: iso(atMs) }, {}, 'identify');
const device = { userId: undefined, anonymousId: 'd1' };

const standing = (watermark: number, more: Partial<Standing> = {}): Standing => ({
  watermark: comparableSequence(String(watermark)),
  absorbed: [],
  ...more,
});
const nobody = standing(0);
const rebuilt = (events: PastEvent[], standings: Record<string, Standing>, isPerson = false) =>
  rebuild(bookstorePlan, events, new Map(Object.entries(standings)), momentAt(startMs + dayMs), () => isPerson);
const viewed = bookstorePlan.signalsFor('product_viewed').find(({ event }) => event === 'product_viewed')?.id ?? '';
/** How often each person viewed a product. */
const views = (...given: Parameters<typeof rebuilt>) =>
  Object.fromEntries([...rebuilt(...given).people].map(([key, { profile }]) => [key, profile.signals[viewed]?.count ?? 0]));

describe('what counts', () => {
  test('is what the pipeline has applied, and what is too old to be in the stream', () => {
    const events = [past(view({})), past(view({}), 5), past(view({}), 6)];
    expect(views(events, { 'u#ana': standing(5) })).toEqual({ 'u#ana': 2 });
  });

  test.each([undefined, 'm'])(
    'of a forwarded event with the message id %s is the copy at its owner, who may not have it yet',
    (messageId) => {
      const request = { requestId: 'r' };
      const original = past(view({ ...device, messageId }, startMs, request));
      const forwarded = { userId: 'ana', anonymousId: 'd1', messageId };
      const copy = (sequence: number) => past(view(forwarded, startMs, { ...request, messageHash: original.identity }), sequence);
      const standings = { 'u#ana': standing(5), 'a#d1': standing(1, { mergedInto: 'u#ana' }) };
      expect(views([original, copy(5)], standings)).toEqual({ 'u#ana': 1 });
      expect(views([original, copy(6)], standings)).toEqual({});
    },
  );

  test('counts once when nobody has decided yet whose the device is', () => {
    const original = past(view({ ...device, messageId: undefined }, startMs, { requestId: 'r' }));
    const copy = past(view({ userId: 'ana', anonymousId: 'd1', messageId: undefined }, startMs, { requestId: 'r', messageHash: original.identity }));
    expect(views([original, copy, past(login('ana', 'd1', startMs - 1))], { 'u#ana': nobody, 'a#d1': nobody })).toEqual({ 'u#ana': 1 });
  });
});

test('a message that was sent again counts once, however much came in between', () => {
  const between = Array.from({ length: 70 }, (_, index) => past(view({}, startMs + 2 + index)));
  const again = past(view({ messageId: 'm' }, startMs + 100));
  const standings = { 'u#ana': nobody, 'a#d1': nobody };
  expect(views([past(view({ messageId: 'm' })), ...between, again], standings)).toEqual({ 'u#ana': 71 });
  const onDevice = past(view({ ...device, messageId: 'm' }));
  expect(views([onDevice, past(login('ana', 'd1', startMs + 1)), ...between, again], standings)).toEqual({ 'u#ana': 71 });
});

describe('a device', () => {
  const events = [past(view(device)), past(login('ana', 'd1', startMs + 1)), past(login('ben', 'd1', startMs + 2))];

  test('belongs to whom the pipeline gave it, even if another one was received first', () => {
    const standings = { 'u#ana': nobody, 'u#ben': nobody, 'a#d1': standing(0, { mergedInto: 'u#ben' }) };
    expect(views(events, standings)).toMatchObject({ 'u#ana': 0, 'u#ben': 1 });
  });

  test('belongs to who was received first, when nothing is decided', () => {
    expect(views(events.toReversed(), { 'u#ana': nobody, 'u#ben': nobody, 'a#d1': nobody })).toMatchObject({ 'u#ana': 1, 'u#ben': 0 });
  });

  test('keeps to its owner with what was received after the login', () => {
    const late = past(view(device, startMs + 2));
    expect(views([...events.slice(0, 2), late], { 'u#ana': nobody, 'a#d1': nobody })).toEqual({ 'u#ana': 2 });
  });

  test('that was refused stays by itself', () => {
    expect(views(events.slice(0, 2), { 'u#ana': standing(0, { absorbed: ['a#d1'] }), 'a#d1': nobody })).toMatchObject({
      'u#ana': 0,
      'a#d1': 1,
    });
  });

  test('that has the id of a known person is nobody else’s', () => {
    expect(views(events.slice(0, 2), { 'u#ana': nobody, 'a#d1': nobody }, true)).toMatchObject({ 'u#ana': 0, 'a#d1': 1 });
  });

  test('is its owner’s even when the event that said so is gone', () => {
    expect(views([events[0] as PastEvent], { 'u#ana': nobody, 'a#d1': standing(0, { mergedInto: 'u#ana' }) })).toEqual({ 'u#ana': 1 });
  });
});

test('a threshold that was left while nothing happened has to be entered again', () => {
  const buy = (atMs: number) => past(envelopeOf({ event: 'purchase', timestamp: iso(atMs) }));
  const seventy = Array.from({ length: 7 }, (_, index) => buy(startMs + index));
  const ten = [buy(startMs + 31 * dayMs)];
  const [over, between] = [seventy, [...seventy, ...ten]].map((events) => {
    const moment = momentAt(Math.max(...events.map(({ event }) => event.atMs)) + hourMs);
    return rebuild(bookstorePlan, events, new Map([['u#ana', nobody]]), moment, () => false).people.get('u#ana')?.profile;
  });
  expect(over?.thresholdsOn).toEqual(['engaged']);
  // 34 points are left of 70 after a month, and 10 come: more than the 40 to stay in, less than the 50 to come in.
  expect(between?.thresholdsOn).toEqual([]);
});

describe('copies of an event', () => {
  const kept = (...copies: PastEvent[]) => {
    const histories = new Histories();
    copies.forEach((copy) => histories.add(copy));
    expect(histories.size).toBe(1);
    return histories.of('u#ana').events.map(({ sequence, event }) => [sequence && Number(sequence), event.receivedAtMs - startMs]);
  };
  const message = { messageId: 'm' };

  test.each([
    ['archive and stream', [undefined, 0], [7, 0], [7, 0]],
    ['sent again later', [7, 0], [9, 1], [7, 0]],
    ['sent again, the first one too old for the stream', [undefined, 0], [9, 1], [undefined, 0]],
    ['put into the stream twice', [9, 0], [7, 0], [7, 0]],
  ] as const)('in %s count at the place of the first', (_, a, b, expected) => {
    const copies = [a, b].map(([sequence, atMs]) => past(view(message, startMs + atMs), sequence));
    expect(kept(...copies)).toEqual([expected]);
    expect(kept(...copies.reverse())).toEqual([expected]);
  });
});

test('what is not somebody’s event is passed over', () => {
  expect(readPastEvent('not json', config)).toEqual({ reason: 'not JSON' });
  expect(past(envelopeOf({ event: 'product_updated' }))).toBeUndefined();
  expect(past(envelopeOf({ event: 'email_opened' }, { source: 'web' }))).toEqual({ reason: 'the event name email_opened is reserved' });
});

describe('writing a person', () => {
  const { profile, content } = rebuilt([past(view({})), past(view(device)), past(login('ana', 'd1', startMs + 1))], {
    'u#ana': nobody,
    'a#d1': nobody,
  }).people.get('u#ana')!;
  const stored = (more: Partial<Profile> = {}) => ({ profile: { ...emptyProfile('u#ana'), ...more }, content: emptyContent() });
  const inPlace = (live = stored()) => inPlaceOf(bookstorePlan, live.profile, profile, '', momentAt(startMs + dayMs));

  test('forgets no device that was taken in', () => {
    expect(inPlace(stored({ absorbed: ['a#d0'] })).profile.absorbed).toEqual(['a#d0', 'a#d1']);
  });

  test('dates the new segment now', () => {
    expect(inPlace().profile.segment?.sinceMs).toBe(startMs + dayMs);
  });

  test('is refused when a device went on meanwhile', async () => {
    const store = new MemoryProfiles();
    await expect(write(store, stored(), inPlace(), content, new Map([['a#d1', 'an earlier place']]), false)).rejects.toThrow(WriteConflict);
    expect(store.profile('u#ana').version).toBe(0);
  });

  test('leaves behind what is to be done when it dies after the write', async () => {
    const store = new MemoryProfiles();
    store.recordTransition = () => Promise.reject(new Error('died'));
    await expect(write(store, stored(), inPlace(), content, new Map([['a#d1', '']]), false)).rejects.toThrow('died');
    expect(store.profile('u#ana').outbox).toMatchObject([{ kind: 'transition' }, { kind: 'close', anonymousKey: 'a#d1' }]);
  });
});

test('who is linked over several devices has one history', () => {
  const histories = new Histories();
  for (const event of [view(device), view({ userId: 'ana' }), login('ana', 'd1', startMs), login('ana', 'd2', startMs)])
    histories.add(past(event));
  for (const key of ['a#d1', 'a#d2', 'u#ana']) expect(histories.of(key)).toBe(histories.all()[0]);
  expect(histories.all()).toHaveLength(1);
});
