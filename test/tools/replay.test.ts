import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';
import { configWith, dayMs, envelopeOf, hourMs, startMs } from '../support/events.ts';
import { Pipeline } from '../support/past.ts';

const iso = (atMs: number) => new Date(atMs).toISOString();
const view = (userId: string, atMs: number, more: object = {}) =>
  envelopeOf({ userId, event: 'product_viewed', timestamp: iso(atMs), properties: { product_id: 'b1' }, ...more });
const buy = (userId: string, atMs: number) =>
  envelopeOf({ userId, event: 'purchase', timestamp: iso(atMs), properties: { product_id: 'b1' } });
const add = (userId: string, atMs: number) =>
  envelopeOf({ userId, event: 'add_to_cart', timestamp: iso(atMs), properties: { product_id: 'b1', name: 'Emma' } });
const login = (userId: string, anonymousId: string, atMs: number) =>
  envelopeOf({ userId, anonymousId, traits: { email: `${userId}@x.example` }, timestamp: iso(atMs) }, {}, 'identify');
const visit = (anonymousId: string, atMs: number, more: object = {}) => view('', atMs, { userId: undefined, anonymousId, ...more });

/** Other questions, other points, and another order of segments. */
const otherConfig = configWith({
  scores: { engagement: { halfLifeDays: 7, points: { product_viewed: 30, purchase: 1 } } },
  segments: [
    { name: 'fans', title: 'Fans', when: { score: 'engagement', atLeast: 'engaged' } },
    { name: 'viewers', title: 'Viewers', when: { did: 'product_viewed', atLeast: 2, withinDays: 10 } },
  ],
});

const action = fc.record({
  kind: fc.constantFrom('view', 'add', 'buy', 'open', 'consent', 'leave', 'login', 'visit', 'again'),
  user: fc.constantFrom('ana', 'ben'),
  device: fc.constantFrom('d1', 'd2'),
  afterMs: fc.integer({ min: 1, max: 20 * dayMs }),
  lateMs: fc.integer({ min: 0, max: 3 * dayMs }),
});

type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

function historyOf(actions: readonly Action[]): Envelope[] {
  let receivedAtMs = startMs;
  const envelopes: Envelope[] = [];
  actions.forEach(({ kind, user, device, afterMs, lateMs }, index) => {
    receivedAtMs += afterMs;
    const common = { messageId: index % 3 === 0 ? undefined : `m${index}`, timestamp: iso(receivedAtMs - lateMs) };
    const person = { ...common, userId: user };
    const request = { receivedAtMs, requestId: `r${index}` };
    const product = { product_id: `b${index % 4}`, price: 9 };
    const made: Record<string, () => Envelope> = {
      view: () => envelopeOf({ ...person, event: 'product_viewed', properties: product }, request),
      add: () => envelopeOf({ ...person, event: 'add_to_cart', properties: product }, request),
      buy: () =>
        envelopeOf({ ...person, event: 'purchase', properties: product }, { ...request, source: index % 2 === 0 ? 'web' : 'server' }),
      open: () =>
        envelopeOf(
          { ...person, event: 'email_opened', properties: { campaign: 'abandoned_cart', step: 'offer' } },
          { ...request, source: 'email' },
        ),
      consent: () => envelopeOf({ ...person, traits: { marketing_consent: index % 2 === 0 } }, request, 'identify'),
      leave: () => envelopeOf({ ...person, event: 'email_unsubscribed', properties: { topic: 'offers' } }, { ...request, source: 'email' }),
      login: () => envelopeOf({ ...person, anonymousId: device, traits: { first_name: user } }, request, 'identify'),
      visit: () => envelopeOf({ ...common, userId: undefined, anonymousId: device, event: 'product_viewed', properties: product }, request),
      again: () => ({ ...(envelopes.at(-1) ?? envelopeOf(person, request)), ...request }),
    };
    envelopes.push((made[kind] as () => Envelope)());
  });
  return envelopes;
}

const cuts = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));

/** The archive lags behind, and the stream forgets only what the archive has. */
function cut(pipeline: Pipeline, [a, b]: [number, number]): void {
  const [trimmed, delivered] = [a, b].sort((x, y) => x - y).map((share) => Math.round(share * pipeline.records.length)) as [number, number];
  pipeline.trimmedTo = trimmed;
  pipeline.archived = [0, delivered];
}

/** Campaigns that events alone start and end. Those that follow segments and rules depend on when a forwarded event arrives. */
const startedByEvents: Config = {
  ...bookstore,
  campaigns: Object.fromEntries(Object.entries(bookstore.campaigns).filter(([, { entry, exit }]) => 'event' in entry && entry.when === undefined && exit.when === undefined)),
};

describe('any history', () => {
  test('replayed under the same rules gives the profiles that are there, wherever archive and stream overlap', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 25 }), cuts, async (actions, shares) => {
        const pipeline = new Pipeline();
        await pipeline.live(...historyOf(actions));
        cut(pipeline, shares);
        const before = pipeline.derived();
        const runs = [...pipeline.store.items.values()].map(({ run }) => run);
        const summary = await pipeline.replay();
        expect(pipeline.derived()).toEqual(before);
        expect([...pipeline.store.items.values()].map(({ run }) => run)).toEqual(runs);
        expect(summary).toMatchObject({ olderThanArchive: 0, busy: 0, notInArchive: 0, moves: new Map() });
      }),
      { numRuns: 150 },
    );
  });

  test('keeps the end of a workflow that had begun because a device was told of late', async () => {
    const pipeline = new Pipeline();
    const of = (kind: Action['kind'], user: 'ana' | 'ben', afterMs: number, lateMs = 0): Action => ({ kind, user, device: 'd1', afterMs, lateMs });
    // Found by the test above: what was seen on the device waits behind Ana's last view, at the very moment at which she becomes dormant.
    const actions = [of('login', 'ana', 1), of('view', 'ana', 21393591, 21393591), of('again', 'ana', 306415790), of('visit', 'ana', 1721114276), of('again', 'ana', 1476928665)];
    const later = [of('view', 'ben', 1681065635), of('again', 'ana', 558089337), of('view', 'ben', 670158894), of('view', 'ana', 1340833812)];
    await pipeline.send(...historyOf([...actions, ...later]));
    await pipeline.process();
    expect(pipeline.store.profile('u#ana').exits).toEqual({ win_back: startMs + 90 * dayMs + 1 });
    const before = pipeline.derived();
    await pipeline.replay();
    expect(pipeline.derived()).toEqual(before);
  });

  test('replayed under other rules gives the profiles that those rules would have made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 25 }), cuts, async (actions, shares) => {
        const envelopes = historyOf(actions);
        const [pipeline, other] = [new Pipeline(), new Pipeline(otherConfig)];
        // One by one: a score may reach a threshold before its points decay, so it matters when a copy for another person comes.
        for (const one of [pipeline, other]) await one.live(...envelopes);
        // Who is due under the new rules and not under the old ones.
        const atMs = pipeline.nowMs + hourMs;
        for (const one of [pipeline, other]) await one.passTime(atMs);
        cut(pipeline, shares);
        await pipeline.replay({ plan: compilePlan(otherConfig) });
        expect(pipeline.derived()).toEqual(other.derived());
      }),
      { numRuns: 150 },
    );
  });

  test('a second replay finds nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 15 }), async (actions) => {
        const pipeline = new Pipeline();
        await pipeline.send(...historyOf(actions));
        await pipeline.process();
        await pipeline.replay({ plan: compilePlan(otherConfig) });
        const writes = pipeline.store.writes.length;
        expect((await pipeline.replay({ plan: compilePlan(otherConfig) })).rebuilt).toBe(0);
        expect(pipeline.store.writes).toHaveLength(writes);
      }),
      { numRuns: 40 },
    );
  });

  test('half of it not yet applied: the pipeline applies that after the replay, with its effects and once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 2, maxLength: 25 }), fc.nat(24), cuts, async (actions, applied, shares) => {
        const envelopes = historyOf(actions);
        const [pipeline, undisturbed] = [new Pipeline(startedByEvents), new Pipeline(startedByEvents)];
        for (const one of [pipeline, undisturbed]) {
          await one.live(...envelopes.slice(0, applied));
          await one.send(...envelopes.slice(applied));
        }
        await undisturbed.process();
        cut(pipeline, shares);
        // The waiting records are all still in the stream.
        pipeline.trimmedTo = Math.min(pipeline.trimmedTo, applied);
        await pipeline.replay();
        await pipeline.process();
        expect(pipeline.derived()).toEqual(undisturbed.derived());
        expect([...pipeline.workflows.started.keys()].sort()).toEqual([...undisturbed.workflows.started.keys()].sort());
        expect([...pipeline.workflows.stopped.keys()].sort()).toEqual([...undisturbed.workflows.stopped.keys()].sort());
      }),
      { numRuns: 150 },
    );
  });
});

/** Ana looks around on a device, says who she is, and puts a book into the cart. */
async function shop(): Promise<Pipeline> {
  const pipeline = new Pipeline();
  await pipeline.send(
    visit('d1', startMs),
    visit('d1', startMs + hourMs),
    login('ana', 'd1', startMs + 2 * hourMs),
    add('ana', startMs + 3 * hourMs),
    visit('d1', startMs + 4 * hourMs, { messageId: undefined }),
  );
  await pipeline.process();
  return pipeline;
}

describe('while the pipeline runs', () => {
  const newRules = { plan: compilePlan(otherConfig) };
  const expected = async (...more: Envelope[]) => {
    const other = new Pipeline(otherConfig);
    await other.send(...(await shop()).records.slice(0, 5).map(({ data }) => JSON.parse(data) as Envelope), ...more);
    await other.process();
    return other.derived();
  };

  test('an event that is applied between reading and writing is not lost, and counts once', async () => {
    const pipeline = await shop();
    const late = view('ana', startMs + 5 * hourMs);
    pipeline.onCatchUp = async (count) => {
      if (count !== 2) return;
      await pipeline.send(late);
      await pipeline.process();
    };
    const summary = await pipeline.replay(newRules);
    expect(summary).toMatchObject({ rebuilt: 1, busy: 0 });
    expect(pipeline.derived()).toEqual(await expected(late));
  });

  test('somebody who is identified between reading and writing keeps the history of both devices', async () => {
    const pipeline = await shop();
    await pipeline.send(visit('d2', startMs + 5 * hourMs));
    await pipeline.process();
    const second = login('ana', 'd2', startMs + 6 * hourMs);
    pipeline.onCatchUp = async (count) => {
      if (count !== 2) return;
      await pipeline.send(second);
      await pipeline.process();
    };
    await pipeline.replay(newRules);
    expect(Object.keys(pipeline.derived())).toEqual(['u#ana']);
    const other = new Pipeline(otherConfig);
    const firstCopies = pipeline.records.filter(
      ({ data }, index) => pipeline.records.findIndex((one) => JSON.parse(one.data).requestId === JSON.parse(data).requestId) === index,
    );
    await other.send(...firstCopies.map(({ data }) => JSON.parse(data) as Envelope));
    await other.process();
    expect(pipeline.derived()).toEqual(other.derived());
  });

  test('a profile that somebody else never stops writing is left alone, and said so', async () => {
    const pipeline = await shop();
    pipeline.onCatchUp = async () => {
      await pipeline.send(view('ana', pipeline.nowMs + 1000));
      await pipeline.process();
    };
    const summary = await pipeline.replay(newRules);
    expect(summary).toMatchObject({ rebuilt: 0, busy: 1 });
  });

  test('unfinished effects come first', async () => {
    const pipeline = await shop();
    const stored = pipeline.store.items.get('u#ana')!;
    pipeline.store.items.set('u#ana', { ...stored, out: [{ kind: 'merge', anonymousKey: 'a#d9' }], dueShard: '0', dueAtMs: 0 });
    expect(await pipeline.replay(newRules)).toMatchObject({ rebuilt: 0, busy: 1 });
    expect(pipeline.store.items.get('u#ana')?.out).toHaveLength(1);
  });
});

describe('a replay', () => {
  const newRules = { plan: compilePlan(otherConfig) };

  test('starts and stops no workflow, and keeps those that run', async () => {
    const pipeline = await shop();
    const started = [...pipeline.workflows.started.keys()];
    const { run } = pipeline.store.items.get('u#ana')!;
    expect(started).toHaveLength(1);
    await pipeline.replay(newRules);
    expect(pipeline.workflows.startCalls).toBe(1);
    expect(pipeline.workflows.stopped.size).toBe(0);
    expect(pipeline.store.items.get('u#ana')?.run).toEqual(run);
  });

  test('writes one transition for a person whose segment is another one, with its cause', async () => {
    const pipeline = await shop();
    const earlier = pipeline.store.transitions.size;
    const summary = await pipeline.replay(newRules);
    const [last] = [...pipeline.store.transitions.values()].slice(earlier);
    expect(pipeline.store.transitions.size).toBe(earlier + 1);
    expect(last?.transition).toMatchObject({
      from: 'engaged_browsers',
      to: 'fans',
      cause: 'replay',
      rulesVersion: newRules.plan.rulesVersion,
      atMs: pipeline.nowMs,
    });
    expect(summary.moves).toEqual(new Map([['engaged_browsers -> fans', 1]]));
  });

  test('leaves transitions to the refresh when they are published, which it does', async () => {
    const pipeline = await shop();
    const earlier = pipeline.store.transitions.size;
    await pipeline.replay({ plan: compilePlan({ ...otherConfig, publishTransitions: true }) });
    expect(pipeline.store.transitions.size).toBe(earlier);
    expect(pipeline.store.items.get('u#ana')).toMatchObject({ out: [{ kind: 'transition', to: 'fans' }], dueAtMs: 0 });
  });

  test('that is a dry run says the same and writes nothing', async () => {
    const [dry, real] = [await shop(), await shop()];
    const before = stored(dry);
    expect(await dry.replay({ ...newRules, isDryRun: true })).toEqual(await real.replay(newRules));
    expect(stored(dry)).toBe(before);
  });

  test('leaves alone whoever has a history from before the archive, and whoever is not in it', async () => {
    const pipeline = await shop();
    await pipeline.send(buy('cy', startMs + 5 * hourMs), buy('ben', startMs + 5 * hourMs));
    await pipeline.send(view('ana', startMs + 6 * hourMs), view('ben', startMs + 7 * hourMs));
    await pipeline.process();
    const last = pipeline.records.length - 2;
    [pipeline.trimmedTo, pipeline.archived] = [last, [last, Infinity]];
    const before = stored(pipeline);
    expect(await pipeline.replay(newRules)).toMatchObject({ rebuilt: 0, olderThanArchive: 2, notInArchive: 1 });
    expect(stored(pipeline)).toBe(before);
  });

  test('never makes anybody mailable who has left before the archive began', async () => {
    const pipeline = await shop();
    pipeline.store.items.set('u#ana', { ...pipeline.store.items.get('u#ana')!, uns: { '*': startMs - dayMs } });
    expect(await pipeline.replay(newRules)).toMatchObject({ rebuilt: 0, olderThanArchive: 1 });
  });

  test('leaves a device to whom the pipeline gave it', async () => {
    const pipeline = await shop();
    await pipeline.send(login('ben', 'd1', startMs + 5 * hourMs));
    await pipeline.process();
    await pipeline.replay(newRules);
    const views = (key: string) => Object.values(pipeline.store.profile(key).signals).map(({ count }) => count);
    expect([views('u#ana'), views('u#ben')]).toEqual([[3], []]);
  });

  test('brings no consent back that was given before the archive began, and loses none', async () => {
    const pipeline = await shop();
    pipeline.store.items.set('u#ana', { ...pipeline.store.items.get('u#ana')!, con: { value: true, atMs: startMs - dayMs } });
    expect(await pipeline.replay(newRules)).toMatchObject({ rebuilt: 0, olderThanArchive: 1 });
  });

  test('leaves alone a person of whose devices one is not in the archive', async () => {
    const pipeline = await shop();
    pipeline.store.items.set('u#ana', { ...pipeline.store.items.get('u#ana')!, abs: ['a#d1', 'a#before'] });
    expect(await pipeline.replay(newRules)).toMatchObject({ rebuilt: 0, olderThanArchive: 1 });
  });

  test('leaves the index entry of a person where it is, as long as it does not come too late', async () => {
    const pipeline = await shop();
    const early = { due: pipeline.nowMs + 1000, dueAtMs: pipeline.nowMs + 1000 };
    pipeline.store.items.set('u#ana', { ...pipeline.store.items.get('u#ana')!, ...early });
    await pipeline.replay();
    expect(pipeline.store.items.get('u#ana')).toMatchObject(early);
  });

  test('keeps since when somebody is in the same segment', async () => {
    const pipeline = await shop();
    const { seg } = pipeline.store.items.get('u#ana')!;
    await pipeline.passTime(pipeline.nowMs + hourMs);
    pipeline.store.items.set('u#ana', { ...pipeline.store.items.get('u#ana')!, sco: {} });
    expect(await pipeline.replay()).toMatchObject({ rebuilt: 1 });
    expect(pipeline.store.items.get('u#ana')).toMatchObject({ seg, sco: { engagement: [expect.any(Number), expect.any(Number)] } });
  });

  test('stops between people when asked to', async () => {
    const pipeline = await shop();
    const writes = pipeline.store.writes.length;
    const stopping = new AbortController();
    pipeline.onCatchUp = async () => stopping.abort();
    await expect(pipeline.replay({ ...newRules, signal: stopping.signal })).rejects.toThrow('aborted');
    expect(pipeline.store.writes).toHaveLength(writes);
  });

  test('makes a lost table again, and the pipeline repeats nothing', async () => {
    const pipeline = await shop();
    const before = pipeline.derived();
    pipeline.store.items.clear();
    pipeline.store.contents.clear();
    await pipeline.replay({ tableWasLost: true });
    expect(pipeline.derived()).toEqual(before);
    expect(pipeline.store.profile('a#d1')).toMatchObject({ mergedInto: 'u#ana', closed: true });
    await pipeline.redeliver();
    expect(pipeline.derived()).toEqual(before);
  });

  test('that dies at any call to the table can be run again', async () => {
    const other = new Pipeline(otherConfig);
    await other.send(...(await shop()).records.slice(0, 5).map(({ data }) => JSON.parse(data) as Envelope));
    await other.process();
    for (let call = 1, died = true; died; call += 1) {
      for (const when of ['before', 'after'] as const) {
        const pipeline = await shop();
        const { store, deaths } = dyingAt(pipeline, call, when);
        await pipeline.replay({ ...newRules, store }).catch((error: Error) => expect(error.message).toBe('died'));
        died = deaths() > 0;
        // The refresh under the new rules repairs what a crash left; it knows nothing of the replay.
        const repair = new Pipeline(otherConfig);
        for (const [key, item] of pipeline.store.items) repair.store.items.set(key, item);
        await repair.passTime(pipeline.nowMs);
        for (const [key, item] of repair.store.items) pipeline.store.items.set(key, item);
        await pipeline.replay(newRules);
        expect(pipeline.derived()).toEqual(other.derived());
      }
      expect(call).toBeLessThan(20);
    }
  });
});

const stored = ({ store }: Pipeline): string => JSON.stringify([store.items, store.contents, store.transitions].map((map) => [...map]));

/** The table, whose n-th call fails, and all after it. */
function dyingAt({ store }: Pipeline, nth: number, when: 'before' | 'after') {
  let calls = 0;
  let deaths = 0;
  const dying = new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...given: unknown[]) => unknown;
      if (name === 'scan') return method.bind(target);
      return async (...given: unknown[]) => {
        calls += 1;
        if (calls < nth) return method.apply(target, given);
        if (calls === nth && when === 'after') await method.apply(target, given);
        deaths += 1;
        throw new Error('died');
      };
    },
  });
  return { store: dying, deaths: () => deaths };
}
