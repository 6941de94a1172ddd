import { beforeEach, describe, expect, test } from 'vitest';
import { sendIdOf } from '../../../lambdas/domain/campaigns/send-id.ts';
import { addressHash } from '../../../lambdas/domain/emails/address.ts';
import { readLink } from '../../../lambdas/domain/links/tokens.ts';
import { hourMs, identify, startMs, track } from '../../support/events.ts';
import { added, hello, nowMs, signingKey, world } from '../../support/send-world.ts';

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

  test('carries a one-click unsubscribe link that names the person, the topic and the email', async () => {
    await w.handle();
    const link = /^<https:\/\/api\.example\/dev\/u\/(.+)>$/.exec(w.mails[0]?.headers['List-Unsubscribe'] ?? '')?.[1] ?? '';
    expect(readLink(link, signingKey)).toEqual({ userKey: 'u#ana', topic: 'offers', sendId: sendIdOf('abandoned_cart-1', 'offer') });
    expect(w.mails[0]?.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
    expect(w.mails[0]?.html).toContain(link);
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
    const bounced = world();
    await bounced.suppress('Ana@Reader.example');
    expect(await bounced.handle()).toEqual({ outcome: 'skipped', reason: 'suppressed' });
    w.optedOut.add('u#ana#offers');
    expect(await w.handle()).toEqual({ outcome: 'skipped', reason: 'unsubscribed' });
    w.optedOut.clear();
    await w.profiles.point('a#device1', 'u#ana');
    w.optedOut.add('a#device1#*');
    expect(await w.handle({ userKey: 'a#device1' })).toEqual({ outcome: 'skipped', reason: 'unsubscribed' });
  });

  test('is silent for an address that left, whoever has it, and for a person who left, whatever address they have', async () => {
    const inbox = addressHash('ana@reader.example');
    const left = { outcome: 'skipped', reason: 'unsubscribed' };
    for (const topic of ['offers', '*']) {
      const other = world();
      await other.inboxes.decide(inbox, 'left', topic, startMs);
      expect(await other.handle()).toEqual(left);
      // That the address came back, even after a person has left, is not that person's word.
      await other.inboxes.decide(inbox, 'back', topic, nowMs + 1);
      other.optedOut.add(`u#ana#${topic}`);
      expect(await other.handle()).toEqual(left);
      other.optedOut.clear();
      expect(await other.handle()).toMatchObject({ outcome: 'sent' });
    }
    const elsewhere = world([hello, added, identify(startMs, { email: 'new@reader.example' })]);
    await elsewhere.inboxes.decide(inbox, 'left', '*', startMs);
    expect(await elsewhere.handle()).toMatchObject({ outcome: 'sent' });
    expect([...elsewhere.sends.records.values()][0]?.inbox).toBe(addressHash('new@reader.example'));
  });

  test('follows a visitor to the profile that they turned out to be', async () => {
    await w.ready;
    await w.profiles.point('a#device1', 'u#ana');
    expect(await w.handle({ userKey: 'a#device1' })).toMatchObject({ outcome: 'sent' });
    expect(await w.handle({ userKey: 'u#nobody', executionName: 'other' })).toEqual({ outcome: 'skipped', reason: 'no-profile' });
  });

  test('names what the state machine asked for wrongly', async () => {
    await expect(w.handle({ step: 'second' })).rejects.toThrow('abandoned_cart/second; there are abandoned_cart/offer, abandoned_cart/reminder');
  });

  test('logs neither address nor name', async () => {
    await w.handle();
    expect(JSON.stringify(w.lines)).not.toMatch(/reader\.example|Ana/);
  });
});
