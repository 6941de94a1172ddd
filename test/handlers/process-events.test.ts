import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHandler as createRefresh } from '../../lambdas/refresh-segments/handler.ts';
import { createHandler } from '../../lambdas/process-events/handler.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import { cartPlan, dayMs, envelopeOf, hourMs, startMs } from '../support/events.ts';
import { emptyCatalogue, FakeDeadLetters, FakeStream, FakeWorkflows, MemoryBacklog, MemoryProfiles, MemoryWaits, recordingLogger, Trouble } from '../support/fakes.ts';
import { kinesisEvent } from '../support/kinesis.ts';

function world(trouble = new Trouble(), nowMs = startMs + hourMs) {
  const { logger, lines } = recordingLogger();
  const clock = { nowMs };
  const deps = {
    plan: cartPlan,
    store: new MemoryProfiles(trouble),
    workflows: new FakeWorkflows(trouble),
    waits: new MemoryWaits(trouble),
    stream: new FakeStream(trouble),
    deadLetters: new FakeDeadLetters(),
    catalogue: emptyCatalogue,
    backlog: new MemoryBacklog(trouble),
    thresholds: { current: async () => ({ thresholds: initialThresholds(cartPlan.config), thresholdsVersion: 0 }) },
    logger,
    now: () => clock.nowMs,
    sleep: async () => {},
  };
  return { ...deps, lines, clock, handle: createHandler(deps), refresh: createRefresh(deps) };
}

const at = (hours: number) => new Date(startMs + hours * hourMs).toISOString();
const add = (more: Record<string, unknown> = {}) => envelopeOf({ event: 'add_to_cart', timestamp: at(0), properties: { product_id: 'b1', name: 'Emma' }, ...more });
const buy = (more: Record<string, unknown> = {}) => envelopeOf({ event: 'purchase', timestamp: at(0.5), properties: { product_id: 'b1' }, ...more });

/** Delivers a batch as the stream does: again from the first failure on, until all is well. */
async function deliver(handle: ReturnType<typeof world>['handle'], records: (Envelope | string)[]): Promise<number> {
  let first = 1;
  for (let deliveries = 1; deliveries <= 50; deliveries += 1) {
    let failures: number[];
    try {
      const answer = await handle(kinesisEvent(records.slice(first - 1), first));
      failures = answer.batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
    } catch {
      failures = [first];
    }
    if (failures.length === 0) return deliveries;
    first = Math.min(...failures);
  }
  throw new Error('the batch never succeeded');
}

/** Lets the refresh run until nothing is left to do. */
async function finish({ refresh, store, backlog, clock }: Pick<ReturnType<typeof world>, 'refresh' | 'store' | 'backlog' | 'clock'>): Promise<void> {
  for (let runs = 0; runs < 100; runs += 1) {
    clock.nowMs += 5 * 60_000;
    await refresh().catch(() => {});
    if (backlog.list.size === 0 && [...store.items.values()].every(({ out }) => out === undefined)) return;
  }
  throw new Error('the refresh never finishes');
}

/** A profile, but for how often it was written and when its segment was found. */
function whateverTheTime(store: MemoryProfiles, userKey: string): object {
  const { version: _version, segment, ...rest } = store.profile(userKey);
  return { ...rest, segment: segment?.name };
}

const changesOf = (store: MemoryProfiles): string[] => [...store.transitions.values()].map(({ userKey, transition: { from, to } }) => `${userKey}: ${from} -> ${to}`).sort();

describe('of an erased person', () => {
  test('[P3] nothing is kept, by whatever way it comes, until the server tells of a new consent', async () => {
    const { handle, store, workflows, clock } = world();
    clock.nowMs = startMs + 3 * hourMs;
    store.erased.set('u#user-1', startMs + hourMs).set('a#d1', startMs + hourMs);
    const person = { userId: 'user-1' };
    await deliver(handle, [add(person), add({ ...person, timestamp: at(2), anonymousId: 'd1' }), buy({ userId: null, anonymousId: 'd1', timestamp: at(2) })]);
    expect([store.items.size, store.contents.size, store.conversions.size, workflows.started.size]).toEqual([0, 0, 0, 0]);
    const consent = { type: 'identify' as const, receivedAtMs: startMs + 3 * hourMs };
    await handle(kinesisEvent([{ ...envelopeOf({ ...person, timestamp: at(2.5), traits: { marketing_consent: true } }), ...consent }], 10));
    expect(store.profile('u#user-1')).toMatchObject({ erasedAtMs: startMs + hourMs, consent: { value: true } });
    // A late one from before, then one from after.
    await handle(kinesisEvent([add(person), { ...buy({ ...person, timestamp: at(2.6) }), receivedAtMs: startMs + 3 * hourMs }], 11));
    expect(store.content('u#user-1').products.b1).toMatchObject({ boughtAtMs: startMs + 2.6 * hourMs });
    expect(store.content('u#user-1').products.b1).not.toHaveProperty('addedAtMs');
  });

  test('[P3] a write that was on its way when the profile went finds out', async () => {
    const { handle, store } = world();
    await deliver(handle, [add()]);
    const [userKey] = store.items.keys();
    const load = store.loadMany.bind(store);
    // Erased after the batch has read the profile.
    store.loadMany = async (wanted) => {
      const loaded = await load(wanted);
      store.erased.set(userKey!, startMs + hourMs);
      store.items.clear();
      store.contents.clear();
      return loaded;
    };
    await deliver(handle, [add(), buy()]);
    expect([store.items.size, store.contents.size]).toEqual([0, 0]);
  });
});

describe('process-events', () => {
  test('reads a batch in one call and writes each person once, however many events', async () => {
    const trouble = new Trouble();
    const { handle, store } = world(trouble);
    const records = ['ana', 'ben', 'cem'].flatMap((userId) => Array.from({ length: 10 }, () => envelopeOf({ userId, event: 'page_viewed' })));
    await handle(kinesisEvent(records));
    expect(store.writes.map(({ userKey }) => userKey).sort()).toEqual(['u#ana', 'u#ana', 'u#ben', 'u#ben', 'u#cem', 'u#cem']);
    // The second write of each clears the transition into the first segment; from now on there is one.
    const callsBefore = trouble.calls;
    await handle(kinesisEvent(records.map((record) => ({ ...record, requestId: 'again', event: { ...record.event, messageId: `x${Math.random()}` } })), 1000));
    expect(trouble.calls - callsBefore).toBe(2 + 3);
  });

  test('starts a workflow for a cart, stops it for the purchase, and records segment changes', async () => {
    const { handle, workflows, store } = world();
    await handle(kinesisEvent([add()]));
    expect(workflows.running).toHaveLength(1);
    await handle(kinesisEvent([buy()], 2));
    expect(workflows.running).toHaveLength(0);
    expect([...workflows.stopped.values()]).toEqual(['purchase at 2026-03-01T00:30:00.000Z']);
    expect([...store.transitions.values()].map(({ transition: { from, to, cause } }) => [from, to, cause])).toEqual([
      [null, 'everyone_else', 'event'],
      ['everyone_else', 'recent_buyers', 'event'],
    ]);
    expect(store.profile('u#ana').outbox).toEqual([]);
  });

  test('publishes segment changes when it is given a bus, and again only after a crash', async () => {
    const told: string[] = [];
    const { store, ...deps } = world();
    const failing = { calls: 0 };
    const bus = {
      publish: async (userKey: string, { from, to }: { from: string | null; to: string }) => {
        failing.calls += 1;
        if (failing.calls === 1) throw new Error('EventBridge is down');
        told.push(`${userKey}: ${from} -> ${to}`);
      },
    };
    const handle = createHandler({ ...deps, store, bus });
    await deliver(handle, [buy()]);
    await deliver(handle, [buy()]);
    expect(told).toEqual(['u#ana: null -> recent_buyers']);
  });

  test('puts aside what nobody can read, whole and with the reason, and goes on', async () => {
    const { handle, deadLetters, store } = world();
    const records = ['not json', envelopeOf({ event: {} }), envelopeOf({ userId: null, event: 'x' }), envelopeOf({ event: 'email_opened' }, { source: 'web' }), buy()];
    expect(await handle(kinesisEvent(records))).toEqual({ batchItemFailures: [] });
    const letters = [...deadLetters.letters.values()];
    expect(letters.map(({ reason }) => reason)).toEqual([
      'not JSON',
      expect.stringMatching(/^not a track call: event: /),
      'neither userId nor anonymousId',
      'the event name email_opened is reserved',
    ]);
    expect(Buffer.from(letters[0]?.data ?? '', 'base64').toString()).toBe('not json');
    expect(store.profile('u#ana').segment?.name).toBe('recent_buyers');
  });

  test('reports the first failed record of a person, and applies nobody twice when the batch comes again', async () => {
    const { handle, store, backlog } = world();
    const add = backlog.add.bind(backlog);
    const save = store.saveProfile.bind(store);
    store.saveProfile = async (profile) => (profile.userKey === 'u#ana' ? Promise.reject(new Error('throttled')) : save(profile));
    backlog.add = async () => Promise.reject(new Error('throttled as well'));
    const records = [buy({ userId: 'ben' }), buy({ userId: 'ana' }), buy({ userId: 'ben' }), buy({ userId: 'ana' })];
    expect(await handle(kinesisEvent(records))).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    Object.assign(backlog, { add });
    store.saveProfile = save;
    await deliver(handle, records);
    for (const userKey of ['u#ana', 'u#ben']) expect(store.profile(userKey).scores.engagement?.value).toBe(20);
  });

  test('reads again and repeats when somebody else wrote the profile meanwhile', async () => {
    const { store, handle, ...rest } = world();
    await handle(kinesisEvent([buy()]));
    const save = store.saveProfile.bind(store);
    let meddled = false;
    store.saveProfile = async (profile) => {
      if (!meddled) {
        meddled = true;
        // As a refresh would, between our read and our write.
        await save(store.profile('u#ana'));
      }
      return save(profile);
    };
    expect(await createHandler({ ...rest, store })(kinesisEvent([buy()], 2))).toEqual({ batchItemFailures: [] });
    expect(store.profile('u#ana').scores.engagement?.value).toBe(20);
  });

  test('survives trouble at any call: nothing lost, nothing twice, every effect carried out', async () => {
    const records = [add(), envelopeOf({ event: 'product_viewed', timestamp: at(0.1), properties: { product_id: 'b2' } }), add({ userId: 'ben' }), buy({ timestamp: at(0.5) })];
    const calm = world();
    await deliver(calm.handle, records);
    await finish(calm);
    const calls = 50;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 1, max: calls }), fc.constantFrom('before' as const, 'after' as const)), { minLength: 1, maxLength: 20 }), async (troubles) => {
        const troubled = world(new Trouble(troubles));
        await deliver(troubled.handle, records);
        await finish(troubled);
        for (const userKey of ['u#ana', 'u#ben']) {
          expect(whateverTheTime(troubled.store, userKey)).toEqual(whateverTheTime(calm.store, userKey));
          expect({ ...troubled.store.content(userKey), version: 0 }).toEqual({ ...calm.store.content(userKey), version: 0 });
        }
        expect(troubled.workflows.running).toEqual(calm.workflows.running);
        expect(troubled.workflows.stopped).toEqual(calm.workflows.stopped);
        expect(changesOf(troubled.store)).toEqual(changesOf(calm.store));
      }),
      { numRuns: 300 },
    );
  });

  test('leaves what a crash interrupted to the refresh, if the stream never delivers again', async () => {
    const { handle, refresh, workflows, store } = world();
    const start = workflows.start.bind(workflows);
    workflows.start = async () => Promise.reject(new Error('throttled'));
    // The events are applied, so the stream need not bring them again.
    expect(await handle(kinesisEvent([add()]))).toEqual({ batchItemFailures: [] });
    workflows.start = start;
    expect(workflows.running).toHaveLength(0);
    expect(store.profile('u#ana').outbox).not.toHaveLength(0);
    await refresh();
    expect(workflows.running).toHaveLength(1);
    expect(store.profile('u#ana').outbox).toEqual([]);
  });
});

describe('identity', () => {
  const anonymous = (event: string, hours: number, more: Record<string, unknown> = {}) =>
    envelopeOf({ userId: undefined, anonymousId: 'device1', event, timestamp: at(hours), properties: { product_id: 'b1', name: 'Emma' }, ...more });
  const login = (userId: string, hours: number) => envelopeOf({ userId, anonymousId: 'device1', timestamp: at(hours), traits: {} }, {}, 'identify');

  test('takes in the anonymous history once, with its cart and its workflow', async () => {
    const { handle, store, workflows } = world();
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
    const { handle, store, stream } = world();
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
    const { handle, store, stream } = world();
    await handle(kinesisEvent([login('ana', 0)]));
    const late = kinesisEvent([anonymous('purchase', 0.4, { messageId: undefined })], 2);
    await handle(late);
    await handle(late);
    const hashes = stream.records.map(({ envelope }) => envelope.messageHash);
    expect(hashes).toEqual([expect.any(String), hashes[0]]);
    await handle(kinesisEvent(stream.records.map(({ envelope }, index) => ({ ...envelope, requestId: `copy${index}` })), 3));
    expect(store.profile('u#ana').scores.engagement?.value).toBe(10);
  });

  test('does not forward what came along in the merge, when the stream delivers it again', async () => {
    const { handle, store, stream } = world();
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
    const { handle, store } = world();
    await handle(kinesisEvent([anonymous('purchase', 0)]));
    await handle(kinesisEvent([login('ana', 0.1)], 5));
    await handle(kinesisEvent([login('ben', 0.2)], 5));
    expect(store.profile('a#device1').mergedInto).toBe('u#ana');
    expect(store.profile('u#ana').scores.engagement?.value).toBeCloseTo(10, 2);
    expect(store.profile('u#ben').scores.engagement).toBeUndefined();
    expect([...store.refusedMerges.values()]).toEqual([{ anonymousKey: 'a#device1', owner: 'u#ana', atMs: startMs + hourMs }]);
  });

  test('refuses to merge two known people, and makes no loop of them', async () => {
    const { handle, store } = world();
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
    const { handle, store } = world();
    await handle(kinesisEvent([anonymous('purchase', 0)]));
    const devices = Array.from({ length: 40 }, (_, index) => envelopeOf({ userId: 'ana', anonymousId: `device${index + 1}`, timestamp: at(0.1), traits: {} }, {}, 'identify'));
    await handle(kinesisEvent(devices, 10));
    await handle(kinesisEvent([login('ana', 0.2)], 100));
    expect(store.profile('u#ana').absorbed).toContain('a#device1');
    expect(store.profile('u#ana').scores.engagement?.value).toBeCloseTo(10, 2);
  });

  test('stops the workflow of the known person for what they bought as a visitor', async () => {
    const { handle, store, workflows } = world();
    await handle(kinesisEvent([add(), anonymous('purchase', 0.2)]));
    expect(workflows.running).toHaveLength(1);
    await handle(kinesisEvent([login('ana', 0.3)], 10));
    expect(workflows.running).toEqual([]);
    expect(store.profile('u#ana').runs).toEqual({});
  });

  test('carries out whatever the visitor had left to do, of every kind', async () => {
    const { handle, store, workflows, waits } = world();
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
    const { handle, workflows, store } = world();
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
        const troubled = world(new Trouble([[call + 6, kind], [call + 14, kind], [call + 15, kind]]));
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

describe('refresh-segments', () => {
  test('moves people when only time has passed, and leaves everybody else alone', async () => {
    const { handle, refresh, store, clock } = world();
    await handle(kinesisEvent([buy({ userId: 'ana' }), envelopeOf({ userId: 'ben', event: 'page_viewed' })]));
    clock.nowMs = startMs + 29 * dayMs;
    expect(await refresh()).toEqual({ settled: 0, failed: 0 });
    clock.nowMs = startMs + 31 * dayMs;
    expect(await refresh()).toEqual({ settled: 1, failed: 0 });
    expect(store.profile('u#ana').segment?.name).toBe('everyone_else');
    expect([...store.transitions.values()].at(-1)?.transition).toMatchObject({ from: 'recent_buyers', to: 'everyone_else', cause: 'time' });
    clock.nowMs = startMs + 92 * dayMs;
    expect(await refresh()).toEqual({ settled: 2, failed: 0 });
    expect(['u#ana', 'u#ben'].map((key) => store.profile(key).segment?.name)).toEqual(['dormant', 'dormant']);
  });

  test('writes no index entry for an active person', async () => {
    const { handle, store, clock } = world();
    for (let day = 0; day < 28; day += 1) {
      clock.nowMs = startMs + day * dayMs;
      await handle(kinesisEvent([envelopeOf({ event: 'wishlist_saved', timestamp: new Date(clock.nowMs).toISOString() })], day + 1));
    }
    // The first day makes the profile and its transition; after that the entry stands still.
    expect(store.writes.slice(2).filter(({ indexMoved }) => indexMoved)).toEqual([]);
  });
});
