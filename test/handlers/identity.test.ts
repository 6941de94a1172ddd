import { describe, expect, test } from 'vitest';
import { envelopeOf, hourMs, startMs } from '../support/events.ts';
import { Trouble } from '../support/fakes.ts';
import { ordersOf } from '../support/faulty-profiles.ts';
import { kinesisEvent } from '../support/kinesis.ts';
import { add, at, buy, deliver, finish, troubledWorld } from '../support/troubled-world.ts';

describe('identity', () => {
  const anonymous = (event: string, hours: number, more: Record<string, unknown> = {}) =>
    envelopeOf({ userId: undefined, anonymousId: 'device1', event, timestamp: at(hours), properties: { product_id: 'b1', name: 'Emma' }, ...more });
  const login = (userId: string, hours: number) => envelopeOf({ userId, anonymousId: 'device1', timestamp: at(hours), traits: {} }, {}, 'identify');

  test('takes in the anonymous history once, with its cart and its workflow', async () => {
    const { handle, store, workflows } = troubledWorld();
    await handle(kinesisEvent([anonymous('add_to_cart', 0), anonymous('product_viewed', 0.1)]));
    await handle(kinesisEvent([login('ana', 0.2)], 10));
    await handle(kinesisEvent([login('ana', 0.3)], 11));
    const ana = store.profile('u#ana');
    expect(ana.scores.engagement?.value).toBeCloseTo(6, 3);
    expect(Object.keys(store.content('u#ana').products)).toEqual(['b1']);
    expect(store.profile('a#device1').mergedInto).toBe('u#ana');
    await handle(kinesisEvent([buy()], 12));
    expect(workflows.running).toEqual([]);
    expect(workflows.stopped.size).toBe(1);
  });

  test('sends later anonymous events after it, and counts them once', async () => {
    const { handle, store, stream } = troubledWorld();
    await handle(kinesisEvent([login('ana', 0)]));
    const late = anonymous('purchase', 0.4);
    await handle(kinesisEvent([late], 2));
    expect(stream.records.map(({ partitionKey }) => partitionKey)).toEqual(['ana']);
    const envelopes = stream.records.map(({ envelope }) => envelope);
    await handle(kinesisEvent([...envelopes, ...envelopes], 3));
    expect(store.profile('u#ana').scores.engagement?.value).toBe(10);
    expect(store.profile('a#device1').scores).toEqual({});
  });

  test('forwards an event without a message id under one identity, however often the stream delivers it', async () => {
    const { handle, store, stream } = troubledWorld();
    await handle(kinesisEvent([login('ana', 0)]));
    const late = kinesisEvent([anonymous('purchase', 0.4, { messageId: undefined })], 2);
    await handle(late);
    await handle(late);
    const hashes = stream.records.map(({ envelope }) => envelope.messageHash);
    expect(hashes).toEqual([expect.any(String), hashes[0]]);
    await handle(kinesisEvent(stream.records.map(({ envelope }, index) => ({ ...envelope, requestId: `copy${index}` })), 3));
    expect(store.profile('u#ana').scores.engagement?.value).toBe(10);
  });

  test('counts an event without a message id once, which lay under another key, however often the stream delivers it', async () => {
    const { handle, store, stream } = troubledWorld();
    const event = kinesisEvent([buy({ messageId: undefined })]);
    for (const { kinesis } of event.Records) kinesis.partitionKey = 'ben';
    await handle(event);
    await handle(event);
    expect(stream.records).toHaveLength(2);
    await handle(kinesisEvent(stream.records.map(({ envelope }) => envelope), 2));
    expect(ordersOf(store, 'u#ana')).toHaveLength(1);
  });

  test('does not forward what came along in the merge, when the stream delivers it again', async () => {
    const { handle, store, stream } = troubledWorld();
    const before = kinesisEvent([anonymous('product_viewed', 0)]);
    await handle(before);
    await handle(kinesisEvent([login('ana', 0.1)], 5));
    // So much has happened since that the message id is forgotten.
    await handle(kinesisEvent(Array.from({ length: 600 }, () => envelopeOf({ event: 'wishlist_saved', timestamp: at(0.2) })), 10));
    await handle(before);
    expect(stream.records).toEqual([]);
    expect(store.profile('u#ana').views).toHaveLength(1);
  });

  test('stays with the person who identified first', async () => {
    const { handle, store } = troubledWorld();
    await handle(kinesisEvent([anonymous('purchase', 0)]));
    await handle(kinesisEvent([login('ana', 0.1)], 5));
    await handle(kinesisEvent([login('ben', 0.2)], 5));
    expect(store.profile('a#device1').mergedInto).toBe('u#ana');
    expect(store.profile('u#ana').scores.engagement?.value).toBeCloseTo(10, 2);
    expect(store.profile('u#ben').scores.engagement).toBeUndefined();
    expect([...store.refusedMerges.values()]).toEqual([{ anonymousKey: 'a#device1', owner: 'u#ana', atMs: startMs + hourMs }]);
  });

  test('refuses to merge two known people, and makes no loop of them', async () => {
    const { handle, store } = troubledWorld();
    await handle(kinesisEvent([buy({ userId: 'ana' }), buy({ userId: 'ben' })]));
    const alias = (userId: string, previousId: string) => envelopeOf({ userId, previousId, timestamp: at(0.6) }, {}, 'alias');
    await handle(kinesisEvent([alias('ana', 'ben'), alias('ben', 'ana')], 10));
    for (const userKey of ['u#ana', 'u#ben']) {
      expect(store.profile(userKey).mergedInto).toBeUndefined();
      expect(store.profile(userKey).scores.engagement?.value).toBe(10);
    }
    expect([...store.refusedMerges.values()].map(({ owner }) => owner).sort()).toEqual(['u#ana', 'u#ben']);
  });

  test('takes a device in once, even when it comes back after many others', async () => {
    const { handle, store } = troubledWorld();
    await handle(kinesisEvent([anonymous('purchase', 0)]));
    const devices = Array.from({ length: 40 }, (_, index) => envelopeOf({ userId: 'ana', anonymousId: `device${index + 1}`, timestamp: at(0.1), traits: {} }, {}, 'identify'));
    await handle(kinesisEvent(devices, 10));
    await handle(kinesisEvent([login('ana', 0.2)], 100));
    expect(store.profile('u#ana').absorbed).toContain('a#device1');
    expect(store.profile('u#ana').scores.engagement?.value).toBeCloseTo(10, 2);
  });

  test('stops the workflow of the known person for what they bought as a visitor', async () => {
    const { handle, store, workflows } = troubledWorld();
    await handle(kinesisEvent([add(), anonymous('purchase', 0.2)]));
    expect(workflows.running).toHaveLength(1);
    await handle(kinesisEvent([login('ana', 0.3)], 10));
    expect(workflows.running).toEqual([]);
    expect(store.profile('u#ana').runs).toEqual({});
  });

  test('carries out whatever the visitor had left to do, of every kind', async () => {
    const { handle, store, workflows, waits } = troubledWorld();
    await handle(kinesisEvent([anonymous('add_to_cart', 0)]));
    const [executionName = ''] = workflows.running;
    waits.waits.set(`${executionName}#w`, { token: 't1' });
    // As after one throttled call: written, and nothing carried out.
    workflows.started.clear();
    const left = store.profile('a#device1');
    await store.saveProfile({
      ...left,
      outbox: [
        { kind: 'start', campaign: 'abandoned_cart', key: '-', entryAtMs: startMs, executionName, thresholdsVersion: 0 },
        { kind: 'start', campaign: 'abandoned_cart', key: 'other', entryAtMs: startMs, executionName: 'other', thresholdsVersion: 0 },
        { kind: 'stop', campaign: 'abandoned_cart', executionName: 'other', cause: 'purchase' },
        { kind: 'resume', campaign: 'abandoned_cart', executionName, wait: 'w', atMs: startMs },
        { kind: 'transition', from: null, to: 'fans', atMs: startMs, cause: 'event', rulesVersion: 'r', thresholdsVersion: 0, scores: {}, events: [] },
        { kind: 'conversion', id: 'c1', event: 'purchase', atMs: startMs, receivedAtMs: startMs, source: 'server', segment: null, scores: {} },
      ],
    });
    await handle(kinesisEvent([login('ana', 0.2)], 10));
    expect(workflows.running).toEqual([executionName]);
    expect(Object.values(store.profile('u#ana').runs).map((run) => run.executionName)).toEqual([executionName]);
    expect(workflows.stopped.get('other')).toBe('purchase');
    expect(workflows.resumed).toEqual(['t1']);
    expect([...store.transitions.values()]).toContainEqual({ userKey: 'a#device1', transition: expect.objectContaining({ to: 'fans' }) });
    expect([...store.conversions.values()].map(({ userKey }) => userKey)).toContain('u#ana');
    expect(['a#device1', 'u#ana'].map((userKey) => store.profile(userKey).outbox)).toEqual([[], []]);
  });

  test('a workflow of the visitor that could not be started yet is not started after the known person ended it', async () => {
    const { handle, workflows, store } = troubledWorld();
    await handle(kinesisEvent([buy({ timestamp: at(0.5) })]));
    const cart = anonymous('add_to_cart', 0);
    const start = workflows.start.bind(workflows);
    workflows.start = async () => Promise.reject(new Error('throttled'));
    await handle(kinesisEvent([cart], 5));
    expect(store.profile('a#device1').outbox[0]).toMatchObject({ kind: 'start' });
    workflows.start = start;
    await handle(kinesisEvent([login('ana', 0.6)], 10));
    expect(workflows.running).toEqual([]);
    expect(store.profile('u#ana').runs).toEqual({});
  });

  test('merges exactly once with trouble at any call', async () => {
    for (let call = 1; call <= 16; call += 1) {
      for (const kind of ['before', 'after'] as const) {
        const troubled = troubledWorld(new Trouble([[call + 6, kind], [call + 14, kind], [call + 15, kind]]));
        const { handle, store, workflows } = troubled;
        await deliver(handle, [anonymous('add_to_cart', 0)]);
        let sequence = 10;
        for (const record of [login('ana', 0.2), login('ana', 0.3)]) {
          const event = kinesisEvent([record], sequence);
          for (let delivery = 0; delivery < 3; delivery += 1) {
            const failed = await handle(event).then(({ batchItemFailures }) => batchItemFailures.length > 0, () => true);
            if (!failed) break;
          }
          sequence += 1;
        }
        await finish(troubled);
        expect(store.profile('u#ana').scores.engagement?.value).toBeCloseTo(4, 3);
        expect(store.profile('u#ana').outbox).toEqual([]);
        expect(workflows.running).toHaveLength(1);
      }
    }
  });
});
