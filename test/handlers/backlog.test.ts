import { describe, expect, test } from 'vitest';
import { createHandler } from '../../lambdas/process-events/handler.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import { dayMs, envelopeOf, startMs } from '../support/events.ts';
import { emptyCatalogue, MemoryProfiles } from '../support/fakes.ts';
import { faultyWorld, ordersOf, throttled } from '../support/faulty-profiles.ts';
import { kinesisEvent } from '../support/kinesis.ts';

/** Some people's partitions are throttled. */
const busy = (isBusy: (userKey: string) => boolean) => (profile: Pick<Profile, 'userKey'>) => (isBusy(profile.userKey) ? throttled : undefined);
const nobody = busy(() => false);

const buy = (order_id: string, userId = 'ana') => envelopeOf({ userId, messageId: order_id, event: 'purchase', properties: { order_id, total: 1 } });
/** Two that say different things of one instant, of which the later one counts. */
const named = (first_name: string) => envelopeOf({ userId: 'ana', messageId: first_name, timestamp: new Date(startMs).toISOString(), traits: { first_name } }, {}, 'identify');
const isAna = (userKey: string) => userKey === 'u#ana';

describe('somebody whose items cannot be written', () => {
  test('is tried a few times, and then waits, while the shard goes on for the others', async () => {
    const { handle, store, backlog, sleeps } = faultyWorld();
    store.refuses = busy(isAna);
    expect(await handle(kinesisEvent([buy('1'), buy('2', 'ben')]))).toEqual({ batchItemFailures: [] });
    expect([ordersOf(store), ordersOf(store, 'u#ben')]).toEqual([[], ['2']]);
    expect([...backlog.list.keys()]).toEqual(['u#ana']);
    expect(sleeps).toEqual([200, 1000]);
    // Alone in a batch, too.
    expect(await handle(kinesisEvent([buy('3')], 10))).toEqual({ batchItemFailures: [] });
    expect([...(backlog.records.get('u#ana')?.keys() ?? [])]).toEqual(['1', '10']);
  });

  test('goes first through the backlog as long as something of them is there, so that the later call counts', async () => {
    const { handle, refresh, store, backlog } = faultyWorld();
    store.refuses = busy(isAna);
    await handle(kinesisEvent([named('Anna'), buy('1', 'ben')]));
    store.refuses = nobody;
    expect(await handle(kinesisEvent([named('Ana')], 10))).toEqual({ batchItemFailures: [] });
    expect(store.profile('u#ana').version).toBe(0);
    expect(await refresh()).toMatchObject({ failed: 0 });
    expect(store.content('u#ana').traits.first_name?.value).toBe('Ana');
    expect([backlog.list.size, backlog.records.get('u#ana')?.size]).toEqual([0, 0]);
    await handle(kinesisEvent([named('Anne')], 20));
    expect(store.content('u#ana').traits.first_name?.value).toBe('Anne');
  });

  test('is counted once, whatever comes again', async () => {
    const { handle, refresh, store } = faultyWorld();
    store.refuses = busy(isAna);
    await handle(kinesisEvent([buy('1'), buy('2', 'ben')]));
    await handle(kinesisEvent([buy('1'), buy('2', 'ben')]));
    store.refuses = nobody;
    await refresh();
    await handle(kinesisEvent([buy('1'), buy('2', 'ben'), buy('1')]));
    await refresh();
    expect([ordersOf(store), ordersOf(store, 'u#ben')]).toEqual([['1'], ['2']]);
  });

  test('is known as somebody else by the time that it works again: the events follow', async () => {
    const { handle, refresh, store, stream } = faultyWorld();
    const visit = (messageId: string) => envelopeOf({ userId: undefined, anonymousId: 'd1', messageId, event: 'product_viewed', properties: { product_id: 'b1' } });
    await handle(kinesisEvent([visit('v1')]));
    store.refuses = busy((userKey) => userKey === 'a#d1');
    await handle(kinesisEvent([visit('v2'), buy('1', 'ben')], 5));
    store.refuses = nobody;
    await handle(kinesisEvent([envelopeOf({ userId: 'ana', anonymousId: 'd1' }, {}, 'identify')], 10));
    await refresh();
    expect(stream.records.map(({ partitionKey, envelope }) => [partitionKey, envelope.event.messageId])).toEqual([['ana', 'v2']]);
  });

  test('for a day goes to the dead letters, with the reason, and is told of every time before', async () => {
    const { handle, refresh, store, deadLetters, backlog, clock, lines } = faultyWorld();
    store.refuses = busy(isAna);
    await handle(kinesisEvent([buy('1'), buy('2')]));
    expect(await refresh()).toMatchObject({ failed: 1 });
    expect(lines).toContainEqual(expect.objectContaining({ message: 'profile not settled', error: throttled.name }));
    expect(deadLetters.letters.size).toBe(0);
    clock.nowMs += dayMs;
    await refresh();
    expect([...deadLetters.letters.values()].map(({ sequenceNumber, reason }) => [sequenceNumber, reason])).toEqual(
      ['1', '2'].map((sequence) => [sequence, 'waited for 24 hours, and could not be stored: ProvisionedThroughputExceededException: too busy']),
    );
    expect(backlog.list.size).toBe(0);
  });

  test('has what can never be stored put aside, like everybody', async () => {
    const { handle, refresh, store, deadLetters } = faultyWorld();
    store.refuses = busy(isAna);
    await handle(kinesisEvent([buy('1'), buy('2')]));
    store.refuses = nobody;
    const save = store.saveProfile.bind(store);
    const isBad = ({ outbox }: Profile) => outbox.some((effect) => effect.kind === 'conversion' && effect.orderId === '1');
    store.saveProfile = async (profile) => (isBad(profile) ? Promise.reject(Object.assign(new Error('too large'), { name: 'ValidationException' })) : save(profile));
    await refresh();
    expect([ordersOf(store), [...deadLetters.letters.keys()]]).toEqual([['2'], ['1']]);
  });
});

describe('trouble of all', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => buy(String(index), `p${index}`));

  test('keeps the batch in the stream: nobody waits elsewhere', async () => {
    const { handle, store, backlog } = faultyWorld();
    store.refuses = busy(() => true);
    const { batchItemFailures } = await handle(kinesisEvent(many(4)));
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['1', '2', '3', '4']);
    expect(backlog.list.size).toBe(0);
  });

  test('is also more people than a few, even if others are well', async () => {
    const { handle, store, backlog } = faultyWorld();
    store.refuses = busy((userKey) => userKey !== 'u#p0');
    expect((await handle(kinesisEvent(many(22)))).batchItemFailures).toHaveLength(21);
    expect(backlog.list.size).toBe(0);
    expect((await handle(kinesisEvent(many(21)))).batchItemFailures).toEqual([]);
    expect(backlog.list.size).toBe(20);
    // Somebody else's events are held again from now on, since that is too many.
    expect((await handle(kinesisEvent([buy('x', 'new'), buy('y', 'p0')], 100))).batchItemFailures).toEqual([{ itemIdentifier: '100' }]);
  });

  test('is that the backlog cannot be written either', async () => {
    const { handle, store, backlog } = faultyWorld();
    store.refuses = busy(isAna);
    backlog.add = async () => Promise.reject(throttled);
    expect(await handle(kinesisEvent([buy('1', 'ben'), buy('2')]))).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  });
});

test('no attempt begins when those before took long', async () => {
  const { handle, store, clock } = faultyWorld();
  store.saveProfile = async (profile) => {
    if (profile.userKey !== 'u#ana') return MemoryProfiles.prototype.saveProfile.call(store, profile);
    store.saves += 1;
    clock.nowMs += 9000;
    throw throttled;
  };
  await handle(kinesisEvent([buy('1'), buy('2', 'ben')]));
  expect(store.saves).toBe(2);
});

test('a product that cannot be stored now holds up nobody of its batch', async () => {
  const { handle: _handle, ...deps } = faultyWorld();
  const handle = createHandler({ ...deps, catalogue: { ...emptyCatalogue, save: async () => Promise.reject(throttled) } });
  const product = envelopeOf({ userId: 'shop', event: 'product_updated', properties: { product_id: 'b1', name: 'Emma' } });
  expect(await handle(kinesisEvent([product, buy('1')]))).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(ordersOf(deps.store)).toEqual(['1']);
});
