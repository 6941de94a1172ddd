import { beforeEach, describe, expect, test } from 'vitest';
import type { Mail } from '../../lambdas/adapters/mailer.ts';
import { emptyContent, withEvent } from '../../lambdas/domain/content.ts';
import { SendRejected, SendThrottled } from '../../lambdas/domain/errors.ts';
import { fold } from '../../lambdas/domain/fold.ts';
import { emptyProfile } from '../../lambdas/domain/profile.ts';
import { createRenderer } from '../../lambdas/domain/render.ts';
import { sendIdOf } from '../../lambdas/domain/send-id.ts';
import { readLink } from '../../lambdas/domain/tokens.ts';
import type { DomainEvent } from '../../lambdas/domain/events.ts';
import { normaliseCode } from '../../lambdas/domain/coupons.ts';
import { createHandler } from '../../lambdas/send-email/handler.ts';
import config from '../../segue.config.ts';
import emails from '../../emails/compiled.json' with { type: 'json' };
import { MemoryCoupons } from '../support/coupons.ts';
import { bookstorePlan, hourMs, identify, momentAt, sequenced, startMs, track } from '../support/events.ts';
import { MemoryContactLog, MemoryProfiles, MemorySends, recordingLogger, Trouble } from '../support/fakes.ts';

const nowMs = startMs + 48 * hourMs;
const signingKey = { keyId: '00000001', secret: 'test secret' };
const hello = identify(startMs - hourMs, { email: 'ana@reader.example', first_name: 'Ana', marketing_consent: true, timezone: 'Europe/Berlin', locale: 'de-DE' });
const added = track('add_to_cart', startMs, { product_id: 'b1', name: 'Middlemarch', price: 12.5, currency: 'EUR', url: 'https://lanternbooks.example/b1' });
const request = { campaign: 'abandoned_cart', userKey: 'u#ana', key: '-', entryAtMs: startMs, executionName: 'abandoned_cart-1', step: 'offer' };

function world(events: DomainEvent[] = [hello, added], sendTrouble = new Trouble(), contact: Partial<typeof config.contact> = {}, couponTrouble = new Trouble()) {
  const profiles = new MemoryProfiles();
  const sends = new MemorySends(sendTrouble);
  const contacts = new MemoryContactLog();
  const coupons = new MemoryCoupons([], couponTrouble);
  const clock = { nowMs };
  const mails: Mail[] = [];
  const suppressed = new Set<string>();
  const optedOut = new Set<string>();
  const ses: { failure?: Error; sendsAnyway?: boolean } = {};
  const { logger, lines } = recordingLogger();
  const folded = fold(bookstorePlan, emptyProfile('u#ana'), emptyContent(), sequenced(events), momentAt(nowMs));
  const ready = (async () => {
    await profiles.saveProfile(folded.profile);
    await profiles.saveContent('u#ana', folded.content ?? emptyContent());
  })();
  const handle = createHandler({
    config: { ...config, contact: { maxDelayHours: 24, ...contact } },
    profiles,
    contacts,
    coupons,
    sends,
    control: { isSuppressed: async (address) => suppressed.has(address), hasOptedOut: async (userKey, topic) => optedOut.has(`${userKey}#${topic}`), signingKey: async () => signingKey },
    catalogue: { describe: async (product) => ({ ...product, rating: 4.5, reviews: [{ author: 'Cem', stars: 5, text: 'I read it twice.' }] }) },
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
  });
  return { handle: async (change: object = {}) => (await ready, handle({ ...request, ...change })), profiles, sends, contacts, coupons, clock, mails, suppressed, optedOut, ses, lines, ready };
}

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
    await w.sends.mark(sendIdOf('abandoned_cart-1', 'offer'), 'clickedAtMs', nowMs, 'ses-1');
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
  });

  test('follows a visitor to the profile that they turned out to be', async () => {
    await w.ready;
    await w.profiles.point('a#device1', 'u#ana');
    expect(await w.handle({ userKey: 'a#device1' })).toMatchObject({ outcome: 'sent' });
    expect(await w.handle({ userKey: 'u#nobody', executionName: 'other' })).toEqual({ outcome: 'skipped', reason: 'no-profile' });
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
    await w.sends.mark(sendIdOf('abandoned_cart-1', 'offer'), 'deliveredAtMs', nowMs + 1000, 'ses-1');
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
    expect(await quiet.handle()).toEqual({ outcome: 'deferred', until: '2026-03-03T08:00:00.000Z' });
    expect([quiet.mails, quiet.sends.records.size]).toEqual([[], 0]);
    quiet.clock.nowMs = Date.parse('2026-03-03T08:00:00Z');
    expect(await quiet.handle()).toMatchObject({ outcome: 'sent' });
  });

  test('holds the cap over all workflows of a person, and counts a repeated step once', async () => {
    const capped = world([hello, added], new Trouble(), { maxPerDay: 1 });
    await capped.handle();
    await capped.handle();
    expect(await capped.handle({ executionName: 'another' })).toEqual({ outcome: 'deferred', until: new Date(nowMs + 24 * hourMs).toISOString() });
    expect(capped.contacts.logs.get('u#ana')?.emails).toHaveLength(1);
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
    await w.sends.mark(offerId, 'clickedAtMs', nowMs, 'ses-1');
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
  const content = withEvent(emptyContent(), track('add_to_cart', startMs, { product_id: 'b1', name: '<b>Free</b>', url: 'https://evil.example/phish' }, {}, { source: 'web' }), config);
  expect(content.products.b1).toBeDefined();
  const { handle, mails } = world([hello, track('add_to_cart', startMs, { product_id: 'b1', name: '<b>Free</b>', url: 'https://evil.example/phish' }, {}, { source: 'web' })]);
  await handle();
  expect(mails[0]?.html).not.toContain('evil.example');
  expect(mails[0]?.html).not.toContain('<b>Free</b>');
  expect(mails[0]?.html).toContain('&lt;b&gt;Free&lt;/b&gt;');
});
