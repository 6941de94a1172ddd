import { describe, expect, test } from 'vitest';
import type { Config } from '../../../lambdas/schemas/config.ts';
import { readSurvey } from '../../../lambdas/domain/links/tokens.ts';
import { hourMs, startMs, track } from '../../support/events.ts';
import { Trouble } from '../../support/fakes.ts';
import { added, hello, nowMs, signingKey, viewed, world } from '../../support/send-world.ts';
import config from '../../../examples/bookstore/segue.config.ts';

describe('a campaign', () => {
  const cart = config.campaigns.abandoned_cart!;
  const changed = (change: Partial<typeof cart>, more: Partial<Config> = {}): Partial<Config> => ({ campaigns: { ...config.campaigns, abandoned_cart: { ...cart, ...change } }, ...more });
  const worldWith = (change: Partial<Config>, events = [hello, added]) => world(events, new Trouble(), {}, new Trouble(), change);

  test('mails nobody of its holdout, and records that they would have been mailed, once', async () => {
    for (const change of [changed({ holdout: 0.999999 }), changed({}, { holdout: 0.999999 })]) {
      const w = worldWith(change);
      expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'holdout' });
      expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'holdout' });
      expect(w.mails).toEqual([]);
      expect([...w.sends.records.values()]).toEqual([expect.objectContaining({ heldOut: true, campaign: 'abandoned_cart', step: 'offer', claimedAtMs: nowMs })]);
      expect(w.counted).toEqual([{ campaign: 'abandoned_cart', step: 'offer', reason: 'holdout' }]);
    }
  });

  test('holds nobody out who would not have been mailed anyway', async () => {
    const w = worldWith(changed({ holdout: 0.999999 }), [hello, added, track('purchase', startMs + hourMs, {})]);
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'exited' });
    expect(w.sends.records.size).toBe(0);
  });

  test('that is paused puts its emails off, each to a time of its own, until they are too late', async () => {
    w2.states.campaign = 'paused';
    const untils = await Promise.all(['one', 'two', 'three'].map(async (executionName) => (await w2.handle({ executionName })) as { outcome: string; until: string }));
    expect(untils.map(({ outcome }) => outcome)).toEqual(['deferred', 'deferred', 'deferred']);
    expect(new Set(untils.map(({ until }) => until)).size).toBe(3);
    for (const { until } of untils) expect(Date.parse(until) - nowMs).toSatisfy((ms: number) => ms >= hourMs && ms <= 2 * hourMs);
    w2.clock.nowMs = nowMs + 23.5 * hourMs;
    expect(await w2.handle()).toEqual({ outcome: 'skipped', reason: 'too-late' });
    w2.states.campaign = 'running';
    expect(await w2.handle({ executionName: 'one' })).toMatchObject({ outcome: 'sent' });
  });
  const w2 = world();

  test('that is stopped ends its workflows at their next email', async () => {
    const w = world();
    w.states.campaign = 'stopped';
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'stopped' });
    expect(w.mails).toEqual([]);
  });

  test('sends what the variant says, and records which one it was', async () => {
    const w = worldWith(changed({ winner: 'bold' }));
    await w.handle();
    const plain = world();
    await plain.handle();
    expect(w.mails[0]?.subject).not.toBe(plain.mails[0]?.subject);
    expect([...w.sends.records.values()][0]?.variant).toBe('bold');
    expect(w.mails[0]?.html).toContain('utm_content=offer-bold');
  });

  test('makes the offer of the segment, and none at 0 percent', async () => {
    const offer = (percentBySegment: Record<string, number>) => worldWith(changed({ steps: { ...cart.steps, offer: { ...cart.steps.offer!, discount: { percent: 15, validHours: 48, percentBySegment } } } }));
    const better = offer({ everyone_else: 25 });
    await better.handle();
    expect([...better.sends.records.values()][0]?.discount?.percent).toBe(25);
    const none = offer({ everyone_else: 0 });
    expect(await none.handle()).toMatchObject({ outcome: 'sent' });
    expect([[...none.sends.records.values()][0]?.discount, none.coupons.coupons.size]).toEqual([undefined, 0]);
  });

  test('leaves a step out whose rule does not hold', async () => {
    const w = worldWith(changed({ steps: { ...cart.steps, offer: { ...cart.steps.offer!, when: { segment: 'fans' } } } }));
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'rule' });
  });

  test('ends at a rule that has become true by the time of sending', async () => {
    const w = worldWith(changed({ exit: { when: { did: 'product_viewed', atLeast: 2, withinDays: 30 } } }), [hello, added, viewed('b1', startMs + 1), viewed('b1', startMs + 2)]);
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'exited' });
  });

  test('that is transactional passes opt-outs of its topic, and no others', async () => {
    const left = (topic: string) => [hello, added, track('email_unsubscribed', startMs, { topic }, {}, { source: 'email' })];
    const passing = worldWith(changed({ transactional: true, holdout: 0.999 }), left('offers'));
    expect(await passing.handle()).toMatchObject({ outcome: 'sent' });
    expect(passing.mails[0]?.headers).toEqual({});
    expect(await worldWith(changed({ transactional: true }), left('*')).handle()).toEqual({ outcome: 'skipped', reason: 'unsubscribed' });
    const bounced = worldWith(changed({ transactional: true }));
    await bounced.suppress('ana@reader.example');
    expect(await bounced.handle()).toEqual({ outcome: 'skipped', reason: 'suppressed' });
  });

  test('asks its survey by a link that says who, where and what, and the segment of who is asked', async () => {
    const w = worldWith(changed({ steps: { ...cart.steps, offer: { ...cart.steps.offer!, email: 'cross-sell', survey: 'useful' } } }));
    await w.handle();
    const token = /https:\/\/api\.example\/dev\/s\/([^?"]+)\?answer=no/.exec(w.mails[0]?.html ?? '')?.[1] ?? '';
    expect(readSurvey(token, signingKey)).toEqual({ userKey: 'u#ana', campaign: 'abandoned_cart', step: 'offer', question: 'useful', segment: 'everyone_else' });
  });

  test('leaves room under a cap for one of higher priority', async () => {
    const capped = { maxPerDay: 1, maxDelayHours: 72 };
    const events = [hello, added, track('signed_up', nowMs - hourMs)];
    const w = world(events, new Trouble(), capped, new Trouble(), { campaigns: { ...config.campaigns, abandoned_cart: { ...cart, priority: 0 }, welcome: { ...config.campaigns.welcome!, priority: 9, steps: { hello: { ...config.campaigns.welcome!.steps.hello!, afterHours: 3 } } } } });
    expect(await w.handle()).toEqual({ outcome: 'deferred', until: new Date(nowMs + 2 * hourMs + 1).toISOString() });
  });
});

describe('a branch', () => {
  test('goes the first way whose rule holds', async () => {
    const ask = { campaign: 'win_back', branch: 'past', step: undefined };
    expect(await world().handle(ask)).toEqual({ outcome: 'branch', to: 'otherwise' });
    expect(await world([hello, track('purchase', startMs)]).handle(ask)).toEqual({ outcome: 'branch', to: 'buyer' });
    await expect(world().handle({ ...ask, branch: 'other' })).rejects.toThrow('branch win_back/other; there are past');
  });
});
