import { describe, expect, test } from 'vitest';
import { createHandler } from '../../lambdas/process-events/handler.ts';
import { decideSend } from '../../lambdas/domain/campaigns/contact-policy.ts';
import { cart } from '../../lambdas/domain/profile/content.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { unknownInbox } from '../../lambdas/domain/profile/inbox.ts';
import { hasLeft, everything } from '../../lambdas/domain/profile/unsubscribed.ts';
import { wholeProfile } from '../../lambdas/adapters/profiles/whole-profile.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import { itemsFor } from '../../lambdas/send-email/items.ts';
import type { CallType, Envelope, Source } from '../../lambdas/schemas/event.ts';
import { cartConfig, configWith, envelopeOf, hourMs, startMs } from '../support/events.ts';
import { emptyCatalogue, FakeDeadLetters, FakeStream, FakeWorkflows, MemoryBacklog, MemoryProfiles, MemoryWaits, recordingLogger } from '../support/fakes.ts';
import { kinesisEvent } from '../support/kinesis.ts';

/** The pipeline, told by whoever has which key. Forwarded events come back as the stream would bring them. */
function world(config = cartConfig) {
  const plan = compilePlan(config);
  const store = new MemoryProfiles();
  const stream = new FakeStream();
  const workflows = new FakeWorkflows();
  const clock = { nowMs: startMs };
  const handle = createHandler({
    plan,
    store,
    workflows,
    waits: new MemoryWaits(),
    stream,
    deadLetters: new FakeDeadLetters(),
    catalogue: emptyCatalogue,
    backlog: new MemoryBacklog(),
    sleep: async () => {},
    thresholds: { current: async () => ({ thresholds: initialThresholds(config), thresholdsVersion: 0 }) },
    logger: recordingLogger().logger,
    now: () => clock.nowMs,
  });
  let sequence = 0;
  const put = async (envelope: Envelope) => {
    await handle(kinesisEvent([envelope], (sequence += 1)));
    for (const { envelope: forwarded } of stream.records.splice(0)) await handle(kinesisEvent([forwarded], (sequence += 1)));
  };
  const tell = (source: Source, type: CallType, event: Record<string, unknown>) => {
    clock.nowMs += 60_000;
    return put(envelopeOf({ userId: undefined, timestamp: new Date(clock.nowMs).toISOString(), ...event }, { source, receivedAtMs: clock.nowMs }, type));
  };
  /** Several records of one batch. */
  const together = async (events: [source: Source, type: CallType, event: Record<string, unknown>][]) => {
    clock.nowMs += 60_000;
    const envelopes = events.map(([source, type, event]) => envelopeOf({ userId: undefined, timestamp: new Date(clock.nowMs).toISOString(), ...event }, { source, receivedAtMs: clock.nowMs }, type));
    await handle(kinesisEvent(envelopes, (sequence += envelopes.length)));
  };
  return { plan, store, workflows, clock, tell, together };
}

const ana = { email: 'ana@reader.example', first_name: 'Ana', marketing_consent: false };
const mallory = { email: 'mallory@evil.example', first_name: 'Mallory', marketing_consent: true };

describe('a join that only a web key claims', () => {
  /** Mallory's own browser, whom the shop's server knows by a newsletter form, says that it is Ana. */
  async function claimed() {
    const w = world();
    await w.tell('server', 'identify', { userId: 'ana', traits: ana });
    await w.tell('server', 'identify', { anonymousId: 'm1', traits: mallory });
    await w.tell('email', 'track', { anonymousId: 'm1', event: 'email_unsubscribed', properties: { topic: '*' } });
    await w.tell('email', 'track', { anonymousId: 'm1', event: 'email_resubscribed', properties: { topic: '*' } });
    await w.tell('web', 'track', { userId: 'ana', anonymousId: 'm1', event: 'page_viewed' });
    return w;
  }
  const addressOf = (w: ReturnType<typeof world>) => w.store.content('u#ana').traits.email?.value;

  test('[H1] carries no address, name, consent or opt-in across', async () => {
    const w = await claimed();
    expect(w.store.profile('a#m1').mergedInto).toBe('u#ana');
    expect(w.store.content('u#ana').traits).toMatchObject({ email: { value: ana.email }, first_name: { value: 'Ana' } });
    expect(w.store.profile('u#ana').consent?.value).toBe(false);
    expect(w.store.profile('u#ana').resubscribedAtMs).toEqual({});
    expect(hasLeft([w.store.profile('u#ana')], everything)).toBe(true);
  });

  // Found by the simulator: the device is closed only after the first merge, so a second one counted its history again.
  test('and a join by the server in the same batch add the history once', async () => {
    const w = world();
    for (let count = 0; count < 3; count += 1) await w.tell('web', 'track', { anonymousId: 'm1', event: 'add_to_cart', properties: { product_id: `b${count}` } });
    const alone = Object.values(w.store.profile('a#m1').signals).map(({ count }) => count);
    await w.together([
      ['web', 'identify', { userId: 'ana', anonymousId: 'm1' }],
      ['server', 'identify', { userId: 'ana', anonymousId: 'm1', traits: ana }],
    ]);
    const { signals, traits, consent } = w.store.profile('u#ana');
    const cartSignals = Object.entries(w.store.profile('a#m1').signals).map(([id]) => signals[id]?.count);
    expect(alone.length).toBeGreaterThan(0);
    expect(Math.max(...cartSignals.map((count) => count ?? 0))).toBeLessThanOrEqual(Math.max(...alone) + 2);
    expect([traits.marketing_consent, consent?.value].flat()).toContain(false);
  });

  test('[H1] lets nothing across that is said of the visitor later', async () => {
    const w = await claimed();
    await w.tell('server', 'identify', { anonymousId: 'm1', traits: { ...mallory, email: 'again@evil.example', city: 'Hamburg' } });
    expect(addressOf(w)).toBe(ana.email);
    expect(w.store.profile('u#ana').consent?.value).toBe(false);
    expect(w.store.content('u#ana').traits.city?.value).toBe('Hamburg');
  });

  test('[H1] gives the holder of a visitor\'s link and coupon no say over the known person', async () => {
    const w = await claimed();
    expect((await wholeProfile(w.store, 'a#m1')).userKey).toBe('a#m1');
  });

  test('carries all across once a server names both, as it does when the server comes first', async () => {
    const later = world();
    await later.tell('server', 'identify', { anonymousId: 'b1', traits: { ...ana, marketing_consent: true } });
    await later.tell('web', 'identify', { userId: 'ana', anonymousId: 'b1' });
    expect(addressOf(later)).toBeUndefined();
    await later.tell('server', 'identify', { userId: 'ana', anonymousId: 'b1' });
    const first = world();
    await first.tell('server', 'identify', { anonymousId: 'b1', traits: { ...ana, marketing_consent: true } });
    await first.tell('server', 'identify', { userId: 'ana', anonymousId: 'b1' });
    for (const w of [later, first]) {
      expect(addressOf(w)).toBe(ana.email);
      expect(w.store.profile('u#ana').consent?.value).toBe(true);
      expect((await wholeProfile(w.store, 'a#b1')).userKey).toBe('u#ana');
    }
  });

  test('still brings the history of the browser', async () => {
    const w = world();
    await w.tell('web', 'track', { anonymousId: 'b1', event: 'product_viewed', properties: { product_id: 'b7' } });
    await w.tell('web', 'track', { anonymousId: 'b1', event: 'add_to_cart', properties: { product_id: 'b7' } });
    await w.tell('web', 'identify', { userId: 'ana', anonymousId: 'b1' });
    expect(w.store.profile('u#ana').scores.engagement?.value).toBeCloseTo(6, 1);
    expect(cart(w.store.content('u#ana'))).toEqual([{ productId: 'b7', quantity: 1 }]);
  });
});

describe('what a web key says of products and names', () => {
  const attack = { product_id: 'b1', name: 'URGENT: your payment failed. Verify now at evil.example', price: 1, url: 'https://evil.example' };

  test('[H2] is not shown: a product is its id, with the texts of the catalogue', async () => {
    const w = world();
    await w.tell('web', 'track', { userId: 'ana', event: 'add_to_cart', properties: attack });
    const products = cart(w.store.content('u#ana'));
    expect(products).toEqual([{ productId: 'b1', quantity: 1 }]);
    const step = cartConfig.campaigns.abandoned_cart!.steps.offer!;
    const decision = { send: true as const, address: 'a@b.example', products };
    expect(await itemsFor({ catalogue: emptyCatalogue }, step, decision)).toEqual({ items: [], unknown: 1 });
    const known = { describe: async ({ productId }: { productId: string }) => ({ productId, title: 'Emma', reviews: [], related: [] }) };
    expect((await itemsFor({ catalogue: known }, step, decision)).items).toMatchObject([{ productId: 'b1', title: 'Emma' }]);
  });

  test('[H2] takes nothing away of what a server has said, in either order', async () => {
    for (const order of [['server', 'web'], ['web', 'server']] as const) {
      const w = world();
      for (const source of order) await w.tell(source, 'track', { userId: 'ana', event: 'add_to_cart', properties: source === 'web' ? attack : { product_id: 'b1', name: 'Emma', price: 9 } });
      expect(cart(w.store.content('u#ana'))).toMatchObject([{ productId: 'b1', title: 'Emma', price: 9 }]);
    }
  });

  test('[H3] is shown when the shop allows it, but for texts that lead elsewhere', async () => {
    const w = world(configWith({ webKeys: { mayDescribeProducts: true } }));
    await w.tell('web', 'track', { userId: 'ana', event: 'add_to_cart', properties: attack });
    await w.tell('web', 'track', { userId: 'ana', event: 'add_to_cart', properties: { product_id: 'b2', name: 'Emma', author: 'call 0800 123 4567', price: 9, currency: 'evil.cc' } });
    expect(cart(w.store.content('u#ana'))).toEqual([{ productId: 'b2', title: 'Emma', price: 9, quantity: 1 }, { productId: 'b1', price: 1, quantity: 1, url: 'https://evil.example' }]);
  });

  test('[H4] greets nobody by a name that a browser made up, nor by a link', async () => {
    const w = world();
    const greeting = async () => {
      const { profile, content } = await w.store.load('u#ana', true);
      const [campaign] = w.plan.campaigns;
      const decision = decideSend(w.plan, {
        request: { campaign: 'abandoned_cart', userKey: 'u#ana', key: '-', entryAtMs: startMs, executionName: 'x', thresholdsVersion: 0, step: 'offer' },
        campaign: campaign!,
        step: { ...campaign!.steps.offer!, shows: 'none' },
        profile,
        content: content!,
        inbox: unknownInbox,
        decisions: [],
        nowMs: w.clock.nowMs,
        thresholds: initialThresholds(cartConfig),
      });
      return decision.send ? decision.firstName : decision.reason;
    };
    await w.tell('server', 'identify', { userId: 'ana', traits: { ...ana, marketing_consent: true } });
    await w.tell('web', 'identify', { userId: 'ana', traits: { first_name: 'evil.example', firstName: 'You won', name: 'x' } });
    expect(await greeting()).toBe('Ana');
    await w.tell('server', 'identify', { userId: 'ana', traits: { first_name: 'Ana, see evil.example' } });
    expect(await greeting()).toBeUndefined();
  });
});

test('[H4] traits that emails show come from servers alone', async () => {
  const w = world(configWith({ traits: { plan: { type: 'text', sample: 'Pro' } } }));
  await w.tell('server', 'identify', { userId: 'ana', traits: { plan: 'Pro' } });
  await w.tell('web', 'identify', { userId: 'ana', traits: { plan: 'URGENT: pay at evil.example', city: 'Hamburg' } });
  expect(w.store.content('u#ana').traits).toMatchObject({ plan: { value: 'Pro' }, city: { value: 'Hamburg' } });
});

describe('mail that a web key starts for a known person', () => {
  const many = configWith({ campaigns: { abandoned_cart: { ...cartConfig.campaigns.abandoned_cart!, keyProperty: 'cart_id' } }, webKeys: { maxStartsPerDay: 2 } });
  const addTo = (w: ReturnType<typeof world>, source: Source, cartId: string, who: object = { userId: 'ana' }) => w.tell(source, 'track', { ...who, event: 'add_to_cart', properties: { product_id: 'b1', cart_id: cartId } });

  test('[H5] is bounded within a day, and a server is not', async () => {
    const w = world(many);
    for (let index = 0; index < 5; index += 1) await addTo(w, 'web', `w${index}`);
    expect(w.workflows.running).toHaveLength(2);
    await addTo(w, 'server', 's1');
    expect(w.workflows.running).toHaveLength(3);
    w.clock.nowMs += 24 * hourMs;
    await addTo(w, 'web', 'tomorrow');
    expect(w.workflows.running).toHaveLength(4);
  });

  test('[H5] cannot be collected by a visitor and carried over by a join', async () => {
    const w = world(many);
    await w.tell('server', 'identify', { userId: 'ana', traits: { ...ana, marketing_consent: true } });
    for (let index = 0; index < 5; index += 1) await addTo(w, 'web', `w${index}`, { anonymousId: 'm1' });
    await w.tell('web', 'identify', { userId: 'ana', anonymousId: 'm1' });
    expect(Object.keys(w.store.profile('u#ana').runs)).toHaveLength(2);
    expect(w.workflows.running).toHaveLength(2);
  });
});
