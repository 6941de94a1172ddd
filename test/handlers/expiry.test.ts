import { describe, expect, test } from 'vitest';
import { createHandler } from '../../lambdas/process-events/handler.ts';
import { createHandler as createRefresh } from '../../lambdas/refresh-segments/handler.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import type { CallType, Source } from '../../lambdas/schemas/event.ts';
import { bookstorePlan, configWith, dayMs, envelopeOf, startMs } from '../support/events.ts';
import { emptyCatalogue, FakeDeadLetters, FakeStream, FakeWorkflows, MemoryBacklog, MemoryProfiles, MemoryWaits, recordingLogger } from '../support/fakes.ts';
import { kinesisEvent } from '../support/kinesis.ts';

function world(plan = bookstorePlan) {
  const store = new MemoryProfiles();
  const stream = new FakeStream();
  const workflows = new FakeWorkflows();
  const clock = { nowMs: startMs };
  const shared = {
    plan,
    store,
    workflows,
    waits: new MemoryWaits(),
    stream,
    deadLetters: new FakeDeadLetters(),
    backlog: new MemoryBacklog(),
    sleep: async () => {},
    thresholds: { current: async () => ({ thresholds: initialThresholds(plan.config), thresholdsVersion: 0 }) },
    logger: recordingLogger().logger,
    now: () => clock.nowMs,
  };
  const handle = createHandler({ ...shared, catalogue: emptyCatalogue });
  let sequence = 0;
  const put = async (source: Source, event: Record<string, unknown>, type: CallType = 'track') => {
    clock.nowMs += 60_000;
    await handle(kinesisEvent([envelopeOf({ userId: undefined, timestamp: new Date(clock.nowMs).toISOString(), ...event }, { source, receivedAtMs: clock.nowMs }, type)], (sequence += 1)));
    for (const { envelope } of stream.records.splice(0)) await handle(kinesisEvent([envelope], (sequence += 1)));
  };
  /** Days pass, and DynamoDB deletes what has expired. */
  const pass = (days: number) => {
    clock.nowMs += days * dayMs;
    store.expire(clock.nowMs);
  };
  const refresh = () => createRefresh(shared)();
  const isThere = (key: string) => [store.items.has(key), store.contents.has(key)];
  return { store, workflows, clock, put, pass, refresh, isThere };
}
const view = { anonymousId: 'd1', event: 'product_viewed', properties: { product_id: 'b1' } };
const cart = { anonymousId: 'd1', event: 'add_to_cart', properties: { product_id: 'b1' } };

describe('[H6] a profile of which only web keys speak', () => {
  test('is gone, with its content, some time after its last event; each event moves that on', async () => {
    const w = world();
    await w.put('web', cart);
    await w.put('web', { ...cart, anonymousId: 'once' });
    expect(w.isThere('a#once')).toEqual([true, true]);
    w.pass(80);
    await w.put('web', view);
    w.pass(80);
    expect(w.isThere('a#d1')).toEqual([true, true]);
    expect(w.isThere('a#once')).toEqual([false, false]);
    w.pass(20);
    expect(w.isThere('a#d1')).toEqual([false, false]);
    // Who comes back is somebody new.
    await w.put('web', view);
    expect(w.store.profile('a#d1')).toMatchObject({ onlyByWeb: true, runs: {}, views: [['b1', w.clock.nowMs]] });
  });

  test('is not kept by the end of its own workflow, nor by the passing of time', async () => {
    const w = world();
    await w.put('web', cart);
    w.clock.nowMs += 30 * dayMs;
    const before = w.store.profile('a#d1').expiresAtMs;
    await w.refresh();
    expect(w.store.profile('a#d1').expiresAtMs).toBe(before);
    await w.put('email', { anonymousId: 'd1', event: 'workflow_ended', properties: { campaign: 'abandoned_cart', outcome: 'completed' } });
    expect(w.store.profile('a#d1').onlyByWeb).toBe(true);
    w.pass(99);
    expect(w.isThere('a#d1')).toEqual([false, false]);
  });

  test('is kept as long as any other once a server has spoken, and so is its content', async () => {
    const w = world();
    await w.put('web', { ...cart, anonymousId: undefined, userId: 'ana' });
    await w.put('server', { userId: 'ana', traits: { first_name: 'Ana' } }, 'identify');
    w.pass(1094);
    expect(w.isThere('u#ana')).toEqual([true, true]);
    w.pass(112);
    expect(w.isThere('u#ana')).toEqual([false, false]);
  });

  test('becomes part of the person who logs in, whose cart and device are remembered', async () => {
    const w = world();
    await w.put('server', { userId: 'ana', traits: { email: 'ana@reader.example', marketing_consent: true } }, 'identify');
    await w.put('web', cart);
    await w.put('web', { anonymousId: 'd1', userId: 'ana' }, 'identify');
    w.pass(200);
    expect(w.store.content('u#ana').products).toHaveProperty('b1');
    await w.put('web', view);
    expect(w.store.profile('a#d1').mergedInto).toBe('u#ana');
    expect(w.store.profile('u#ana').views).toHaveLength(1);
  });

  test('is kept where web keys may say who somebody is, if they do', async () => {
    const w = world(compilePlan(configWith({ webKeys: { mayIdentify: true } })));
    await w.put('web', { userId: 'ana', traits: { email: 'ana@reader.example' } }, 'identify');
    await w.put('web', view);
    w.pass(200);
    expect([w.isThere('u#ana')[0], w.isThere('a#d1')[0]]).toEqual([true, false]);
  });

  test('of imported history is kept from the day of the import', async () => {
    const w = world();
    await w.put('import', { userId: 'ben', event: 'purchase', timestamp: new Date(startMs - 2000 * dayMs).toISOString(), properties: { product_id: 'b1' } });
    w.pass(1000);
    expect(w.isThere('u#ben')).toEqual([true, true]);
  });

  test('has no limit but erasure where the shop keeps profiles for good', async () => {
    const w = world(compilePlan(configWith({ retention: { profileDays: null } })));
    await w.put('web', { ...cart, anonymousId: undefined, userId: 'ana' });
    await w.put('server', { userId: 'ana', event: 'purchase', properties: { product_id: 'b1' } });
    expect(w.store.items.get('u#ana')).not.toHaveProperty('expiresAtS');
    expect(w.store.contents.get('u#ana')).not.toHaveProperty('expiresAtS');
  });
});

describe('[H7] for people who cannot be mailed', () => {
  const plan = compilePlan(configWith({}));
  const started = (w: ReturnType<typeof world>) => [...w.workflows.started.values()].map(({ campaign }) => campaign);
  const signup = { userId: 'ana', event: 'signed_up' };
  const identify = (traits: object) => ({ userId: 'ana', traits });

  test.each([
    ['nothing is known of', undefined, []],
    ['who have no address', { marketing_consent: true }, []],
    ['who have not consented', { email: 'ana@reader.example' }, []],
    ['who said no', { email: 'ana@reader.example', marketing_consent: false }, []],
    ['whose address was taken back', { email: '', marketing_consent: true }, []],
    ['(for those who can, it starts)', { email: 'ana@reader.example', marketing_consent: true }, ['welcome']],
  ])('%s, a campaign starts nothing', async (_who, traits, expected) => {
    const w = world(plan);
    if (traits !== undefined) await w.put('server', identify(traits), 'identify');
    await w.put('server', signup);
    expect(started(w)).toEqual(expected);
  });

  test.each([
    ['email_bounced', { bounce_type: 'Permanent' }, []],
    ['email_bounced', { bounce_type: 'Transient' }, ['welcome']],
    ['email_complained', {}, []],
    ['email_unsubscribed', { topic: '*' }, []],
  ])('after %s (%j), a campaign starts %j', async (event, properties, expected) => {
    const w = world(plan);
    await w.put('server', identify({ email: 'ana@reader.example', marketing_consent: true }), 'identify');
    await w.put('email', { userId: 'ana', event, properties });
    await w.put('server', signup);
    expect(started(w)).toEqual(expected);
    // A new address is as good as the first.
    await w.put('server', identify({ email: 'ana@other.example' }), 'identify');
    await w.put('server', { ...signup, messageId: 'again' });
    expect(started(w)).toEqual(event === 'email_unsubscribed' ? [] : ['welcome']);
  });

  test('it starts where the campaign says so, as for visitors who fill a cart and log in before the email is due', async () => {
    const w = world();
    await w.put('web', cart);
    expect(started(w)).toEqual(['abandoned_cart']);
  });

  test('a change of segment starts, too, only what an email can reach', async () => {
    const w = world(plan);
    for (const [userId, traits] of [['ana', { email: 'ana@reader.example', marketing_consent: true }], ['ben', { marketing_consent: true }]] as const) {
      await w.put('server', { userId, traits }, 'identify');
      // Known a minute later: what ends a campaign at the very moment of its entry keeps it from starting.
      await w.put('server', { userId, event: 'purchase', timestamp: new Date(w.clock.nowMs).toISOString(), properties: { product_id: 'b1', total: 10 } });
    }
    expect([...w.workflows.started.values()].map(({ campaign, userKey }) => `${campaign} ${userKey}`)).toEqual(['cross_sell u#ana']);
  });

  test('profiles from before addresses were noted count as having one', async () => {
    const w = world(plan);
    await w.put('server', identify({ marketing_consent: true }), 'identify');
    const { adr: _none, ...item } = w.store.items.get('u#ana')!;
    w.store.items.set('u#ana', item);
    await w.put('server', signup);
    expect(started(w)).toEqual(['welcome']);
  });
});
