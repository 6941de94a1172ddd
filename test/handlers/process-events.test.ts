import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHandler } from '../../lambdas/process-events/handler.ts';
import { dayMs, envelopeOf, hourMs, startMs } from '../support/events.ts';
import { Trouble } from '../support/fakes.ts';
import { kinesisEvent } from '../support/kinesis.ts';
import { add, at, buy, changesOf, deliver, finish, troubledWorld, whateverTheTime } from '../support/troubled-world.ts';

describe('of an erased person', () => {
  test('[P3] nothing is kept, by whatever way it comes, until the server tells of a new consent', async () => {
    const { handle, store, workflows, clock } = troubledWorld();
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
    const { handle, store } = troubledWorld();
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
    const { handle, store } = troubledWorld(trouble);
    const records = ['ana', 'ben', 'cem'].flatMap((userId) => Array.from({ length: 10 }, () => envelopeOf({ userId, event: 'page_viewed' })));
    await handle(kinesisEvent(records));
    expect(store.writes.map(({ userKey }) => userKey).sort()).toEqual(['u#ana', 'u#ana', 'u#ben', 'u#ben', 'u#cem', 'u#cem']);
    // The second write of each clears the transition into the first segment; from now on there is one.
    const callsBefore = trouble.calls;
    await handle(kinesisEvent(records.map((record) => ({ ...record, requestId: 'again', event: { ...record.event, messageId: `x${Math.random()}` } })), 1000));
    expect(trouble.calls - callsBefore).toBe(2 + 3);
  });

  test('starts a workflow for a cart, stops it for the purchase, and records segment changes', async () => {
    const { handle, workflows, store } = troubledWorld();
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
    const { store, ...deps } = troubledWorld();
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
    const { handle, deadLetters, store } = troubledWorld();
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
    const { handle, store, backlog } = troubledWorld();
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
    const { store, handle, ...rest } = troubledWorld();
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
    const calm = troubledWorld();
    await deliver(calm.handle, records);
    await finish(calm);
    const calls = 50;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 1, max: calls }), fc.constantFrom('before' as const, 'after' as const)), { minLength: 1, maxLength: 20 }), async (troubles) => {
        const troubled = troubledWorld(new Trouble(troubles));
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
    const { handle, refresh, workflows, store } = troubledWorld();
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

describe('refresh-segments', () => {
  test('moves people when only time has passed, and leaves everybody else alone', async () => {
    const { handle, refresh, store, clock } = troubledWorld();
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
    const { handle, store, clock } = troubledWorld();
    for (let day = 0; day < 28; day += 1) {
      clock.nowMs = startMs + day * dayMs;
      await handle(kinesisEvent([envelopeOf({ event: 'wishlist_saved', timestamp: new Date(clock.nowMs).toISOString() })], day + 1));
    }
    // The first day makes the profile and its transition; after that the entry stands still.
    expect(store.writes.slice(2).filter(({ indexMoved }) => indexMoved)).toEqual([]);
  });
});
