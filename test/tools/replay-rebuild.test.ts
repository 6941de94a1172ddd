import { describe, expect, test } from 'vitest';
import { comparableSequence } from '../../lambdas/domain/profile.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import config from '../../segue.config.ts';
import { readPastEvent, type PastEvent } from '../../tools/replay/events.ts';
import { Histories } from '../../tools/replay/histories.ts';
import { rebuild, type Standing } from '../../tools/replay/rebuild.ts';
import { bookstorePlan, dayMs, envelopeOf, hourMs, momentAt, startMs } from '../support/events.ts';

const iso = (atMs: number) => new Date(atMs).toISOString();
const past = (envelope: Envelope, sequence?: number) => readPastEvent(JSON.stringify(envelope), config, sequence === undefined ? undefined : String(sequence)) as PastEvent;
const view = (more: object, atMs = startMs, request: Partial<Envelope> = {}) => envelopeOf({ event: 'product_viewed', timestamp: iso(atMs), ...more }, { receivedAtMs: atMs, ...request });
const login = (userId: string, anonymousId: string, atMs: number) => envelopeOf({ userId, anonymousId, timestamp: iso(atMs) }, {}, 'identify');
const device = { userId: undefined, anonymousId: 'd1' };

const standing = (watermark: number, more: Partial<Standing> = {}): Standing => ({ watermark: comparableSequence(String(watermark)), absorbed: [], ...more });
const nobody = standing(0);
const rebuilt = (events: PastEvent[], standings: Record<string, Standing>, isPerson = false) =>
  rebuild(bookstorePlan, events, new Map(Object.entries(standings)), momentAt(startMs + dayMs), () => isPerson);
/** How often each person viewed a product. */
const views = (...given: Parameters<typeof rebuilt>) =>
  Object.fromEntries([...rebuilt(...given).people].map(([key, { profile }]) => [key, Math.max(0, ...Object.values(profile.signals).map(({ count }) => count))]));

describe('what counts', () => {
  test('is what the pipeline has applied, and what is too old to be in the stream', () => {
    const events = [past(view({})), past(view({}), 5), past(view({}), 6)];
    expect(views(events, { 'u#ana': standing(5) })).toEqual({ 'u#ana': 2 });
  });

  test('of a forwarded event is the copy at its owner, who may not have it yet', () => {
    const original = past(view({ ...device, messageId: undefined }, startMs, { requestId: 'r' }));
    const copy = (sequence: number) => past(view({ userId: 'ana', anonymousId: 'd1', messageId: `forwarded:${original.identity}` }, startMs, { requestId: 'r' }), sequence);
    const standings = { 'u#ana': standing(5), 'a#d1': standing(1, { mergedInto: 'u#ana' }) };
    expect(views([original, copy(5)], standings)).toEqual({ 'u#ana': 1 });
    expect(views([original, copy(6)], standings)).toEqual({});
  });

  test('counts once when nobody has decided yet whose the device is', () => {
    const original = past(view({ ...device, messageId: undefined }, startMs, { requestId: 'r' }));
    const copy = past(view({ userId: 'ana', anonymousId: 'd1', messageId: `forwarded:${original.identity}` }, startMs, { requestId: 'r' }));
    expect(views([original, copy, past(login('ana', 'd1', startMs - 1))], { 'u#ana': nobody, 'a#d1': nobody })).toEqual({ 'u#ana': 1 });
    expect(views([original, past(login('ana', 'd1', startMs + 1)), past({ ...view({ userId: 'ana', messageId: `forwarded:${original.identity}` }), receivedAtMs: startMs + 2 })], { 'u#ana': nobody, 'a#d1': nobody })).toEqual({ 'u#ana': 1 });
  });
});

describe('a device', () => {
  const events = [past(view(device)), past(login('ana', 'd1', startMs + 1)), past(login('ben', 'd1', startMs + 2))];

  test('belongs to whom the pipeline gave it, even if another one was received first', () => {
    const standings = { 'u#ana': standing(0, { absorbed: ['a#d1'] }), 'u#ben': nobody, 'a#d1': standing(0, { mergedInto: 'u#ben' }) };
    expect(views(events, standings)).toMatchObject({ 'u#ana': 0, 'u#ben': 1 });
  });

  test('belongs to who was received first, when nothing is decided', () => {
    expect(views(events, { 'u#ana': nobody, 'u#ben': nobody, 'a#d1': nobody })).toMatchObject({ 'u#ana': 1, 'u#ben': 0 });
  });

  test('that was refused stays by itself', () => {
    expect(views(events.slice(0, 2), { 'u#ana': standing(0, { absorbed: ['a#d1'] }), 'a#d1': nobody })).toMatchObject({ 'u#ana': 0, 'a#d1': 1 });
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
  const sixty = Array.from({ length: 6 }, (_, index) => buy(startMs + index));
  const twenty = [0, 1].map((index) => buy(startMs + 31 * dayMs + index));
  const [over, between] = [[...sixty], [...sixty, ...twenty]].map((events) => {
    const moment = momentAt(Math.max(...events.map(({ event }) => event.atMs)) + hourMs);
    return rebuild(bookstorePlan, events, new Map([['u#ana', nobody]]), moment, () => false).people.get('u#ana')?.profile;
  });
  expect(over?.thresholdsOn).toEqual(['engaged']);
  // 29 points are left of 60 after a month, and 20 come: more than the 40 to stay in, less than the 50 to come in.
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
  expect(readPastEvent('not json', config)).toBeUndefined();
  expect(past(envelopeOf({ event: 'product_updated' }))).toBeUndefined();
  expect(past(envelopeOf({ event: 'email_opened' }, { source: 'web' }))).toBeUndefined();
});
