import { describe, expect, test } from 'vitest';
import { isLasting } from '../../lambdas/adapters/lasting.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import { bookstorePlan as plan, dayMs, envelopeFrom, envelopeOf, eventFrom, startMs } from '../support/events.ts';
import { faultyWorld, ordersOf, throttled } from '../support/faulty-profiles.ts';
import { kinesisEvent } from '../support/kinesis.ts';

const refusal = Object.assign(new Error('Item size has exceeded the maximum allowed size'), { name: 'ValidationException' });

const buy = (order_id: string, userId = 'ana'): Envelope => envelopeOf({ userId, event: 'purchase', properties: { order_id, total: 1 } });
const isBad = (profile: Profile) => profile.outbox.some((effect) => effect.kind === 'conversion' && effect.orderId === 'bad');

describe('what can never be stored', () => {
  test('fails for that event alone, at once, into the dead letters', async () => {
    const { handle, store, deadLetters } = faultyWorld();
    store.refuses = (profile) => (isBad(profile) ? refusal : undefined);
    expect(await handle(kinesisEvent([buy('1'), buy('bad'), buy('2'), buy('3', 'ben')]))).toEqual({ batchItemFailures: [] });
    expect(ordersOf(store)).toEqual(['1', '2']);
    expect(ordersOf(store, 'u#ben')).toEqual(['3']);
    expect([...deadLetters.letters.values()].map(({ reason, sequenceNumber }) => [reason, sequenceNumber])).toEqual([
      ['cannot be stored: ValidationException: Item size has exceeded the maximum allowed size', '2'],
    ]);
  });

  test('is not what may pass: nothing of that is put aside', async () => {
    const { handle, store, deadLetters, backlog } = faultyWorld();
    store.refuses = (profile) => (isBad(profile) ? throttled : undefined);
    expect(await handle(kinesisEvent([buy('1', 'ben'), buy('bad')]))).toEqual({ batchItemFailures: [] });
    expect([deadLetters.letters.size, [...backlog.list.keys()]]).toEqual([0, ['u#ana']]);
  });

  test('of two who become one leaves each to themselves, and can be joined later', async () => {
    const { handle, store, deadLetters } = faultyWorld();
    const visit = envelopeOf({ userId: undefined, anonymousId: 'd1', event: 'product_viewed', properties: { product_id: 'b1' } });
    await handle(kinesisEvent([visit]));
    store.refuses = (profile) => (profile.userKey === 'u#ana' && profile.views.length > 0 ? refusal : undefined);
    const login = envelopeOf({ userId: 'ana', anonymousId: 'd1' }, {}, 'identify');
    expect(await handle(kinesisEvent([login, buy('1')], 2))).toEqual({ batchItemFailures: [] });
    expect(ordersOf(store)).toEqual(['1']);
    expect(store.profile('u#ana').outbox).toEqual([]);
    const [letter] = [...deadLetters.letters.values()];
    expect(letter?.reason).toMatch(/^merge cannot be carried out: ValidationException/);
    const again = eventFrom(envelopeFrom(Buffer.from(letter?.data ?? '', 'base64').toString()), plan.config);
    expect(again).toMatchObject({ name: 'aliased', userKey: 'u#ana', anonymousKey: 'a#d1' });
  });
});

test('a record under another key than its person\'s is put back under the right one', async () => {
  const { handle, store, stream } = faultyWorld();
  const nobody = envelopeOf({ userId: 'undefined', anonymousId: 'd1', event: 'product_viewed', messageId: 'm' });
  await handle(kinesisEvent([nobody]));
  expect(store.items.size).toBe(0);
  expect(stream.records.map(({ partitionKey }) => partitionKey)).toEqual(['d1']);
  const [first] = stream.records;
  expect(eventFrom(first?.envelope as Envelope, plan.config)).toMatchObject({ userKey: 'a#d1', messageHash: eventFrom(nobody, plan.config).messageHash });
});

test.each<[string, Error, boolean]>([
  ['a refusal', refusal, true],
  ['a number that the client refuses', new Error('Number 9007199254740994 is greater than Number.MAX_SAFE_INTEGER. Set options.wrapNumbers'), true],
  ['a fault in the code', new TypeError('x is not a function'), true],
  ['throttling', throttled, false],
  ['a lost connection', Object.assign(new TypeError('fetch failed'), { code: 'ECONNRESET' }), false],
  ['a missing permission', Object.assign(new Error('no'), { name: 'AccessDeniedException' }), false],
  ['anything else', new Error('EventBridge refused a segment change'), false],
])('%s lasts or passes: %#', (_, error, expected) => {
  expect(isLasting(error)).toBe(expected);
});

describe('the refresh', () => {
  test('moves 100 people although 2,000 before them cannot be settled, and gives those a growing pause', async () => {
    const { handle, refresh, store, clock, lines } = faultyWorld(startMs);
    const people = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => envelopeOf({ userId: `${prefix}${index}`, event: 'product_viewed' }));
    await handle(kinesisEvent([...people(2000, 'stuck'), ...people(100, 'fine')]));
    store.refuses = ({ userKey }) => (userKey.startsWith('u#stuck') ? throttled : undefined);
    clock.nowMs = startMs + 91 * dayMs;
    expect(await refresh()).toEqual({ settled: 100, failed: 2000 });
    for (let index = 0; index < 100; index += 1) expect(store.profile(`u#fine${index}`).segment?.name).toBe('dormant');
    const failures = () => lines.filter(({ message }) => message === 'profile not settled').length;
    expect(failures()).toBe(2000);

    clock.nowMs += 5 * 60_000;
    expect(await refresh()).toEqual({ settled: 0, failed: 0 });
    clock.nowMs += 5 * 60_000;
    expect(await refresh()).toEqual({ settled: 0, failed: 2000 });
    clock.nowMs += 10 * 60_000;
    expect(await refresh()).toEqual({ settled: 0, failed: 0 });
    store.refuses = () => undefined;
    clock.nowMs += 10 * 60_000;
    expect(await refresh()).toEqual({ settled: 2000, failed: 0 });
  }, 60_000);
});
