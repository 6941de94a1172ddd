import { beforeEach, describe, expect, test } from 'vitest';
import type { CampaignState } from '../../lambdas/adapters/control-store.ts';
import type { Occurrence } from '../../lambdas/adapters/counters.ts';
import type { Mail } from '../../lambdas/adapters/mail/mailer.ts';
import { emptyContent, withEvent } from '../../lambdas/domain/profile/content.ts';
import { SendRejected, SendThrottled } from '../../lambdas/domain/errors.ts';
import { fold } from '../../lambdas/domain/fold/fold.ts';
import { emptyProfile } from '../../lambdas/domain/profile/profile.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { createRenderer } from '../../lambdas/domain/emails/render.ts';
import { sendIdOf } from '../../lambdas/domain/campaigns/send-id.ts';
import { readLink, readSurvey } from '../../lambdas/domain/links/tokens.ts';
import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import { normaliseCode } from '../../lambdas/domain/campaigns/coupons.ts';
import type { Deps } from '../../lambdas/send-email/deps.ts';
import { createHandler } from '../../lambdas/send-email/handler.ts';
import config from '../../examples/bookstore/segue.config.ts';
import emails from '../../examples/bookstore/emails/compiled.json' with { type: 'json' };
import { MemoryCoupons } from '../support/coupons.ts';
import { bookstorePlan, cartWaitsHours, hourMs, identify, momentAt, sequenced, startMs, track } from '../support/events.ts';
import { MemoryContactLog, MemoryProfiles, MemorySends, MemoryWaits, recordingLogger, Trouble } from '../support/fakes.ts';

const nowMs = startMs + cartWaitsHours[0] * hourMs;
const signingKey = { keyId: '00000001', secret: 'test secret' };
const hello = identify(startMs - hourMs, { email: 'ana@reader.example', first_name: 'Ana', marketing_consent: true, timezone: 'Europe/Berlin', locale: 'de-DE' });
const added = track('add_to_cart', startMs, { product_id: 'b1', name: 'Middlemarch', price: 12.5, currency: 'EUR', url: 'https://lanternbooks.example/b1' });
const request = { campaign: 'abandoned_cart', userKey: 'u#ana', key: '-', entryAtMs: startMs, executionName: 'abandoned_cart-1', thresholdsVersion: 0, step: 'offer' };

const withReviews: Deps['catalogue'] = { describe: async (product) => ({ ...product, rating: 4.5, reviews: [{ author: 'Cem', stars: 5, text: 'I read it twice.' }], related: [] }) };

const viewed = (id: string, atMs: number) => track('product_viewed', atMs, { product_id: id });

function world(events: DomainEvent[] = [hello, added], sendTrouble = new Trouble(), contact: Partial<typeof config.contact> = {}, couponTrouble = new Trouble(), change: Partial<Config> = {}, catalogue: Deps['catalogue'] = withReviews) {
  const profiles = new MemoryProfiles();
  const sends = new MemorySends(sendTrouble);
  const contacts = new MemoryContactLog();
  const coupons = new MemoryCoupons([], couponTrouble);
  const clock = { nowMs };
  let attempts = 0;
  const rate: { failure?: Error; take: () => Promise<void> } = {
    take: async () => {
      if (rate.failure) throw rate.failure;
    },
  };
  const mails: Mail[] = [];
  const suppressed = new Set<string>();
  const optedOut = new Set<string>();
  const counted: Occurrence[] = [];
  const states: { campaign: CampaignState } = { campaign: 'running' };
  const ses: { failure?: Error; sendsAnyway?: boolean } = {};
  const { logger, lines } = recordingLogger();
  const folded = fold(bookstorePlan, emptyProfile('u#ana'), emptyContent(), sequenced(events), momentAt(nowMs));
  const ready = (async () => {
    await profiles.saveProfile(folded.profile);
    await profiles.saveContent('u#ana', folded.content ?? emptyContent());
  })();
  const handle = createHandler({
    plan: compilePlan({ ...config, contact: { timeZone: 'UTC', maxDelayHours: 24, ...contact }, ...change }),
    profiles,
    contacts,
    coupons,
    sends,
    control: { isSuppressed: async (address) => suppressed.has(address), optOuts: async (userKey, topics) => ({ unsubscribedAtMs: Object.fromEntries(topics.flatMap((topic) => (optedOut.has(`${userKey}#${topic}`) ? [[topic, nowMs]] : []))), resubscribedAtMs: {} }), campaignState: async () => states.campaign },
    signingKeys: { signingKey: async () => signingKey },
    thresholds: { ofVersion: async () => initialThresholds(config) },
    counters: { add: async (occurrence) => void counted.push(occurrence) },
    rate: { take: () => rate.take() },
    waits: new MemoryWaits(),
    workflows: { resume: async () => {} },
    catalogue,
    mailer: {
      send: async (mail) => {
        if (ses.failure && !ses.sendsAnyway) throw ses.failure;
        mails.push(mail);
        if (ses.failure) throw ses.failure;
        return { messageId: `ses-${mails.length}` };
      },
    },
    renderer: createRenderer(emails),
    logger,
    publicUrl: 'https://api.example/dev',
    now: () => clock.nowMs,
    newId: () => `attempt-${(attempts += 1)}`,
  });
  return { handle: async (change: object = {}) => (await ready, handle({ ...request, ...change })), profiles, sends, contacts, coupons, clock, mails, suppressed, optedOut, ses, lines, ready, counted, states, rate };
}

describe('the last look, after the wait for a place in the send rate', () => {
  test.each<[string, (w: ReturnType<typeof world>) => Promise<unknown> | unknown, string]>([
    ['an unsubscribe', (w) => w.optedOut.add('u#ana#offers'), 'unsubscribed'],
    ['a complaint', (w) => w.suppressed.add('ana@reader.example'), 'suppressed'],
    ['a purchase', async (w) => w.profiles.saveProfile({ ...w.profiles.profile('u#ana'), exits: { abandoned_cart: nowMs } }), 'exited'],
    ['a stop of the campaign', (w) => (w.states.campaign = 'stopped'), 'stopped'],
  ])('%s in between counts', async (_what, happens, reason) => {
    const w = world();
    w.rate.take = async () => {
      await happens(w);
      w.clock.nowMs += 3000;
    };
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason });
    expect([w.mails, [...w.sends.records]]).toEqual([[], []]);
    expect([...w.contacts.logs]).toEqual([]);
  });

  test('is not even begun for who gets nothing anyway: places are for emails', async () => {
    const w = world();
    w.suppressed.add('ana@reader.example');
    let taken = 0;
    w.rate.take = async () => void (taken += 1);
    await w.handle();
    expect(taken).toBe(0);
  });

  test('tells alarms when there is no place, and leaves the place under the cap free', async () => {
    const w = world([hello, added], new Trouble(), { maxPerDay: 1 });
    w.rate.take = async () => Promise.reject(new SendThrottled('all taken'));
    await expect(w.handle()).rejects.toThrow(SendThrottled);
    expect(w.lines.filter(({ level }) => level === 'error')).toEqual([expect.objectContaining({ message: 'cannot send', error: 'SendThrottled' })]);
    expect([...w.contacts.logs]).toEqual([]);
  });
});

describe('caps', () => {
  /** Two workflows that wake at once, each with a clock of its own, whose writes meet in the log. */
  test.each([0, 5000, -5000, 120_000, -120_000])('let one of two through whose clocks are %d ms apart', async (apartMs) => {
    const one = world([hello, added], new Trouble(), { maxPerDay: 1 });
    const other = world([hello, added], new Trouble(), { maxPerDay: 1 });
    other.clock.nowMs += apartMs;
    // One log for both; whoever reads first, waits for the other to have read as well.
    other.contacts.logs.clear();
    const read = one.contacts.read.bind(one.contacts);
    other.contacts.read = read;
    other.contacts.add = one.contacts.add.bind(one.contacts);
    const answers = await Promise.all([one.handle(), other.handle({ executionName: 'abandoned_cart-2' })]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['deferred', 'sent']);
    expect(one.mails.length + other.mails.length).toBe(1);
  });

  test('are of the address, whoever has it and however it is written', async () => {
    const one = world([hello, added], new Trouble(), { maxPerDay: 1 });
    const twin = world([identify(startMs - hourMs, { email: ' ANA@Reader.Example', marketing_consent: true }), added], new Trouble(), { maxPerDay: 1 });
    twin.contacts.read = one.contacts.read.bind(one.contacts);
    twin.contacts.add = one.contacts.add.bind(one.contacts);
    expect((await one.handle()).outcome).toBe('sent');
    expect((await twin.handle({ executionName: 'welcome-2' })).outcome).toBe('deferred');
    expect([...one.contacts.logs.keys()].join()).not.toContain('reader.example');
  });

  test('count an email at the time when it goes, not when it was tried first', async () => {
    const w = world([hello, added], new Trouble(), { maxPerDay: 1 });
    w.ses.failure = new SendRejected('no');
    await expect(w.handle()).rejects.toThrow(SendRejected);
    delete w.ses.failure;
    w.clock.nowMs += 20 * hourMs;
    expect((await w.handle()).outcome).toBe('sent');
    expect([...w.contacts.logs.values()].flatMap(({ emails }) => emails.map(({ atMs }) => atMs))).toEqual([nowMs + 20 * hourMs]);
  });
});

describe('send-email', () => {
  let w: ReturnType<typeof world>;
  beforeEach(() => {
    w = world();
  });

  test('sends the book in the cart with its price and a discount that expires', async () => {
    const answer = await w.handle();
    const sendId = sendIdOf('abandoned_cart-1', 'offer');
    expect(answer).toEqual({ outcome: 'sent', sendId, atMs: nowMs, confirmed: true });
    const [mail] = w.mails;
    expect(mail).toMatchObject({ to: 'ana@reader.example', from: { address: 'hello@lanternbooks.example' }, tags: { 'send-id': sendId, campaign: 'abandoned_cart', step: 'offer' } });
    const record = w.sends.records.get(sendId);
    expect(record?.discount).toMatchObject({ percent: 15, expiresAtMs: nowMs + 48 * hourMs });
    for (const part of [mail?.html, mail?.text]) {
      expect(part).toContain('Middlemarch');
      expect(part).toMatch(/12,50/);
      expect(part).toContain(record?.discount?.code);
    }
    expect(mail?.html).toContain('utm_campaign=abandoned_cart');
  });

  test('carries a one-click unsubscribe link that names the person and the topic', async () => {
    await w.handle();
    const link = /^<https:\/\/api\.example\/dev\/u\/(.+)>$/.exec(w.mails[0]?.headers['List-Unsubscribe'] ?? '')?.[1] ?? '';
    expect(readLink(link, signingKey)).toEqual({ userKey: 'u#ana', topic: 'offers' });
    expect(w.mails[0]?.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
    expect(w.mails[0]?.html).toContain(link);
  });

  test('sends once, however often the step is repeated', async () => {
    await w.handle();
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: true });
    await Promise.all([w.handle({ step: 'offer' }), w.handle()]);
    expect(w.mails).toHaveLength(1);
  });

  test('sends once when the same step runs several times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => w.handle()));
    expect(w.mails).toHaveLength(1);
    expect(answers.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'sent'));
  });

  test('sends the reminder, with reviews, only after a click', async () => {
    await w.handle();
    expect(await w.handle({ step: 'reminder' })).toEqual({ outcome: 'skipped', reason: 'not-clicked' });
    await w.sends.revise(sendIdOf('abandoned_cart-1', 'offer'), (record) => ({ ...record, clickedAtMs: nowMs }));
    expect(await w.handle({ step: 'reminder' })).toMatchObject({ outcome: 'sent' });
    expect(w.mails[1]?.html).toContain('I read it twice.');
  });

  test.each([
    ['exited', [hello, added, track('purchase', startMs + hourMs, {})]],
    ['no-address', [added]],
    ['no-address', [identify(startMs, { email: 'a@b.example\r\nBcc: c@d.example', marketing_consent: true }), added]],
    ['no-consent', [identify(startMs, { email: 'ana@reader.example' }), added]],
    ['no-consent', [hello, identify(startMs, { marketing_consent: false }), added]],
    ['unsubscribed', [hello, added, track('email_unsubscribed', startMs, { topic: 'offers' }, {}, { source: 'email' })]],
    ['no-content', [hello, added, track('remove_from_cart', startMs + hourMs, { product_id: 'b1' })]],
  ] as const)('skips: %s', async (reason, events) => {
    const { handle, mails } = world([...events]);
    expect(await handle()).toEqual({ outcome: 'skipped', reason });
    expect(mails).toEqual([]);
  });

  test('skips addresses that bounced, and people who left by link a moment ago', async () => {
    w.suppressed.add('ana@reader.example');
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'suppressed' });
    w.suppressed.clear();
    w.optedOut.add('u#ana#offers');
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'unsubscribed' });
    w.optedOut.clear();
    await w.profiles.point('a#device1', 'u#ana');
    w.optedOut.add('a#device1#*');
    expect(await w.handle({ userKey: 'a#device1' })).toEqual({ outcome: 'skipped', reason: 'unsubscribed' });
  });

  test('follows a visitor to the profile that they turned out to be', async () => {
    await w.ready;
    await w.profiles.point('a#device1', 'u#ana');
    expect(await w.handle({ userKey: 'a#device1' })).toMatchObject({ outcome: 'sent' });
    expect(await w.handle({ userKey: 'u#nobody', executionName: 'other' })).toEqual({ outcome: 'skipped', reason: 'no-profile' });
  });

  test('sends nothing while the account has no place for it, and comes back for it', async () => {
    w.rate.failure = new SendThrottled('places are taken');
    await expect(w.handle()).rejects.toBe(w.rate.failure);
    expect([w.mails.length, w.sends.records.size]).toEqual([0, 0]);
    delete w.rate.failure;
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: true });
  });

  test('finds its own place under the caps again when it comes back', async () => {
    const capped = world(undefined, undefined, { maxPerDay: 1 });
    capped.ses.failure = new SendThrottled('slow down');
    await expect(capped.handle()).rejects.toBe(capped.ses.failure);
    delete capped.ses.failure;
    expect(await capped.handle()).toMatchObject({ outcome: 'sent' });
    expect(await capped.handle({ executionName: 'other' })).toMatchObject({ outcome: 'deferred' });
  });

  test.each([new SendThrottled('slow down'), new SendRejected('not verified')])('gives the claim back when SES certainly did not send: $name', async (failure) => {
    w.ses.failure = failure;
    await expect(w.handle()).rejects.toBe(failure);
    expect(w.sends.records.size).toBe(0);
    delete w.ses.failure;
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: true });
  });

  test.each([true, false])('never sends again after a lost answer, whether SES had sent (%s)', async (sendsAnyway) => {
    Object.assign(w.ses, { failure: Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }), sendsAnyway });
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: false });
    delete w.ses.failure;
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: false });
    expect(w.mails).toHaveLength(sendsAnyway ? 1 : 0);
    await w.sends.revise(sendIdOf('abandoned_cart-1', 'offer'), (record) => ({ ...record, sentAtMs: nowMs, deliveredAtMs: nowMs + 1000 }));
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: true });
  });

  test('sends at most once with trouble at any call to the send table', async () => {
    for (let call = 1; call <= 4; call += 1) {
      for (const kind of ['before', 'after'] as const) {
        const { handle, mails } = world([hello, added], new Trouble([[call, kind]]));
        for (let attempt = 0; attempt < 3; attempt += 1) await handle().catch(() => {});
        expect(mails.length, `trouble ${kind} call ${call}`).toBeLessThanOrEqual(1);
        // Only a claim whose answer was lost leaves nobody mailed.
        if (!(call === 2 && kind === 'after')) expect(mails).toHaveLength(1);
      }
    }
  });

  test('puts an email off to the end of the quiet hours of the person, and sends it then', async () => {
    const quiet = world([hello, added], new Trouble(), { quietHours: { fromHour: 23, toHour: 9 } });
    // 00:00 UTC is 01:00 in Berlin.
    const morningMs = nowMs + 8 * hourMs;
    expect(await quiet.handle()).toEqual({ outcome: 'deferred', until: new Date(morningMs).toISOString() });
    expect([quiet.mails, quiet.sends.records.size]).toEqual([[], 0]);
    quiet.clock.nowMs = morningMs;
    expect(await quiet.handle()).toMatchObject({ outcome: 'sent' });
  });

  test('holds the cap over all workflows of a person, and counts a repeated step once', async () => {
    const capped = world([hello, added], new Trouble(), { maxPerDay: 1 });
    await capped.handle();
    await capped.handle();
    expect(await capped.handle({ executionName: 'another' })).toEqual({ outcome: 'deferred', until: new Date(nowMs + 24 * hourMs).toISOString() });
    expect([...capped.contacts.logs.values()].flatMap(({ emails }) => emails)).toHaveLength(1);
    const both = world([hello, added], new Trouble(), { maxPerDay: 1 });
    const answers = await Promise.all([both.handle({ executionName: 'one' }), both.handle({ executionName: 'two' })]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['deferred', 'sent']);
  });

  test('does not send what has become too late, or would', async () => {
    w.clock.nowMs = startMs + 73 * hourMs;
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'too-late' });
    const quiet = world([hello, added], new Trouble(), { quietHours: { fromHour: 23, toHour: 9 }, maxDelayHours: 6 });
    expect(await quiet.handle()).toEqual({ outcome: 'skipped', reason: 'too-late' });
  });

  test('names what the state machine asked for wrongly', async () => {
    await expect(w.handle({ step: 'second' })).rejects.toThrow('abandoned_cart/second; there are abandoned_cart/offer, abandoned_cart/reminder');
  });

  test('logs neither address nor name', async () => {
    await w.handle();
    expect(JSON.stringify(w.lines)).not.toMatch(/reader\.example|Ana/);
  });
});

describe('the coupon of an offer', () => {
  const offerId = sendIdOf('abandoned_cart-1', 'offer');

  test('is bound to the person and the products of the email, and exists before it goes out', async () => {
    const w = world([hello, added], new Trouble(), {}, new Trouble([[1, 'before']]));
    await expect(w.handle()).rejects.toThrow('trouble');
    expect(w.mails).toEqual([]);
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: true });
    const { code, expiresAtMs } = w.sends.records.get(offerId)?.discount ?? { code: '', expiresAtMs: 0 };
    expect([...w.coupons.coupons.values()]).toEqual([
      { code: normaliseCode(code), userKey: 'u#ana', percent: 15, expiresAtMs, productIds: ['b1'], campaign: 'abandoned_cart', step: 'offer', sendId: offerId, createdAtMs: nowMs },
    ]);
    expect(w.mails[0]?.text).toContain(code);
  });

  test('lasts as long as the email says that was sent in the end', async () => {
    const w = world();
    w.ses.failure = new SendThrottled('slow down');
    await expect(w.handle()).rejects.toThrow();
    delete w.ses.failure;
    w.clock.nowMs += hourMs;
    await w.handle();
    expect([...w.coupons.coupons.values()].map(({ expiresAtMs }) => expiresAtMs)).toEqual([w.sends.records.get(offerId)?.discount?.expiresAtMs]);
  });

  const clickedOffer = async () => {
    const w = world([hello, added]);
    await w.handle();
    await w.sends.revise(offerId, (record) => ({ ...record, clickedAtMs: nowMs }));
    const { discount } = w.sends.records.get(offerId) ?? {};
    const coupon = w.coupons.coupons.get(normaliseCode(discount?.code ?? ''));
    if (discount === undefined || coupon === undefined) throw new Error('the offer has no coupon');
    return { w, discount, coupon };
  };

  test('is the same in the reminder, and counts for what that shows', async () => {
    const { w, discount, coupon } = await clickedOffer();
    coupon.productIds = ['b0'];
    await w.handle({ step: 'reminder' });
    expect(w.sends.records.get(sendIdOf('abandoned_cart-1', 'reminder'))?.discount).toEqual(discount);
    expect([...w.coupons.coupons.values()]).toEqual([{ ...coupon, productIds: ['b0', 'b1'] }]);
  });

  test('is not shown again once it is redeemed or over', async () => {
    const used = await clickedOffer();
    await used.w.coupons.redeem(used.discount.code, 'o1', nowMs);
    const over = await clickedOffer();
    over.w.clock.nowMs = over.discount.expiresAtMs;
    for (const { w, discount } of [used, over]) {
      expect(await w.handle({ step: 'reminder' })).toMatchObject({ outcome: 'sent' });
      expect(w.mails[1]?.text).not.toContain(discount.code);
    }
  });
});

test('links from events lead to the shop or nowhere', async () => {
  const hostile = track('add_to_cart', startMs, { product_id: 'b1', name: '<b>Free</b>', url: 'https://evil.example/phish' });
  const content = withEvent(emptyContent(), hostile, compilePlan(config));
  expect(content.products.b1).toBeDefined();
  const { handle, mails } = world([hello, hostile]);
  await handle();
  expect(mails[0]?.html).not.toContain('evil.example');
  expect(mails[0]?.html).not.toContain('<b>Free</b>');
  expect(mails[0]?.html).toContain('&lt;b&gt;Free&lt;/b&gt;');
});

describe('where a person is and how they read', () => {
  const saying = (traits: object) => identify(startMs - hourMs, { email: 'ana@reader.example', marketing_consent: true, ...traits });
  const quietHours = { fromHour: 23, toHour: 9 };
  const worldOf = (traits: object, contact = {}, change: Partial<Config> = {}) => world([saying(traits), added], new Trouble(), contact, new Trouble(), change);
  const untilOf = async (traits: object, timeZone = 'UTC') => (await worldOf(traits, { quietHours: { fromHour: 0, toHour: 23 }, timeZone }).handle()) as { until?: string };

  test.each([
    ['UTC+9', '14:00'],
    ['GMT-03:30', '02:30'],
    ['Tokyo Standard Time', '14:00'],
    ['asia/tokyo', '14:00'],
    ['nowhere', '22:00'],
    [540, '22:00'],
    [undefined, '22:00'],
  ])('their quiet hours in %j end at %s UTC', async (timezone, time) => {
    expect(await untilOf({ timezone }, 'Europe/Berlin')).toMatchObject({ outcome: 'deferred', until: expect.stringContaining(`T${time}:00`) });
  });

  test.each([
    ['de_DE.UTF-8', '12,50'],
    ['fr;q=0.5,de-AT;q=0.9', '12,50'],
    ['en-US,de;q=0.2', '12.50'],
    ['fr,en-US;q=0.5', '12.50'],
    ['klingonisch', '12,50'],
  ])('money in %j is %s', async (locale, price) => {
    const w = worldOf({ locale }, {}, { languages: ['de', 'en'] });
    await w.handle();
    expect(w.mails[0]?.text).toContain(price);
  });

  test('what cannot be read is counted once for an email that goes, with no word of the person in the log', async () => {
    const w = worldOf({ timezone: 'Mars/Olympus', locale: 'klingonisch' }, { quietHours });
    w.clock.nowMs = nowMs + 12 * hourMs;
    expect(await w.handle()).toMatchObject({ outcome: 'sent' });
    await w.handle();
    const place = { campaign: 'abandoned_cart', step: 'offer' };
    expect(w.counted).toEqual([{ ...place, reason: 'unknown-time-zone' }, { ...place, reason: 'unknown-locale' }]);
    expect(w.lines).toEqual(expect.arrayContaining([expect.objectContaining({ level: 'warn', message: 'unknown-time-zone', ...place })]));
    expect(JSON.stringify(w.lines)).not.toMatch(/Mars|klingon/);
  });

  test.each([{}, { timezone: '', locale: ' ' }, { timezone: null, locale: null }, { timezone: 'W. Europe Standard Time', locale: 'DE' }])('nothing is counted for %j', async (traits) => {
    const w = worldOf(traits);
    expect(await w.handle()).toMatchObject({ outcome: 'sent' });
    expect(w.counted).toEqual([]);
  });
});

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
    bounced.suppressed.add('ana@reader.example');
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

describe('what an email shows', () => {
  const catalogue = (known: Record<string, object | undefined>) => ({
    describe: async ({ productId, ...product }: { productId: string }) => (productId in known ? known[productId] && { ...product, productId, reviews: [], related: [], ...known[productId] } : { ...product, productId, reviews: [], related: [] }),
  });
  const send = (events: DomainEvent[], change: object, known: Record<string, object | undefined>) => {
    const w = world(events, new Trouble(), {}, new Trouble(), {}, catalogue(known));
    return { w, answer: w.handle({ executionName: 'e1', ...change }) };
  };

  test('is what the person looked at and did not buy, as the catalogue describes it', async () => {
    const events = [hello, viewed('b1', startMs), viewed('b2', startMs + 1), viewed('b3', startMs + 2), track('purchase', startMs + 3, { product_id: 'b3', name: 'Emma' })];
    const { w, answer } = send(events, { campaign: 'welcome', step: 'picks', entryAtMs: startMs + 10 }, { b1: { title: 'Persuasion' }, b3: { title: 'Emma' } });
    expect(await answer).toMatchObject({ outcome: 'sent' });
    expect(w.mails[0]?.text).toContain('Persuasion');
    expect(w.mails[0]?.text).not.toMatch(/Emma|b2/);
  });

  test('falls back when the products have vanished, or the email is not sent', async () => {
    const events = [hello, viewed('b1', startMs)];
    const picks = send(events, { campaign: 'welcome', step: 'picks' }, { b1: undefined });
    expect(await picks.answer).toMatchObject({ outcome: 'sent' });
    expect(picks.w.mails[0]?.text).not.toContain('b1');
    const nudge = send(events, { campaign: 'browse_abandonment', step: 'nudge', entryAtMs: nowMs - 24 * hourMs }, { b1: undefined });
    expect(await nudge.answer).toEqual({ outcome: 'skipped', reason: 'no-content' });
  });

  test('is what goes with the last purchase, without what was bought', async () => {
    const events = [hello, track('purchase', startMs, { product_id: 'b1', name: 'Emma' })];
    const { w, answer } = send(events, { campaign: 'cross_sell', step: 'ideas', entryAtMs: startMs + 1, executionName: 'c1' }, { b1: { related: ['b1', 'b2', 'gone'] }, b2: { title: 'Persuasion' }, gone: undefined });
    w.clock.nowMs = startMs + 5 * 24 * hourMs;
    expect(await answer).toMatchObject({ outcome: 'sent' });
    expect(w.mails[0]?.text).toContain('Persuasion');
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
