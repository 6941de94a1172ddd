import { describe, expect, test } from 'vitest';
import type { SendRecord } from '../../lambdas/adapters/mail/send-store.ts';
import { createInboxStore } from '../../lambdas/adapters/mail/inbox-store.ts';
import { addressHash } from '../../lambdas/domain/emails/address.ts';
import { emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';
import { readLink, readSurvey, signLink, signSurvey } from '../../lambdas/domain/links/tokens.ts';
import type { Mail } from '../../lambdas/adapters/mail/mailer.ts';
import { createReturnRequests } from '../../lambdas/adapters/return-requests.ts';
import { createHandler } from '../../lambdas/unsubscribe/handler.ts';
import { defineConfig } from '../../lambdas/schemas/define-config.ts';
import type { ConfigInput } from '../../lambdas/schemas/config.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';
import { envelopeFrom, eventFrom, startMs } from '../support/events.ts';
import { FakeStream, MemoryProfiles, MemorySends, recordingLogger } from '../support/fakes.ts';
import { memoryDocuments } from '../support/memory-dynamo.ts';
import { MemoryOptOuts, pageCall, signingKey, signingKeys } from '../support/rights.ts';

const { abandoned_cart: cart } = bookstore.campaigns;
const config = defineConfig({
  ...(bookstore as ConfigInput),
  topics: { news: { title: 'New books', description: 'Once a month, what is <new>.' }, offers: { title: 'Offers' } },
  campaigns: {
    cart: cart as ConfigInput['campaigns'][string],
    tips: { ...(cart as ConfigInput['campaigns'][string]), topic: 'reading_tips' },
    orders: { ...(cart as ConfigInput['campaigns'][string]), topic: 'orders', transactional: true },
  },
});
const choosable = ['news', 'offers', 'reading_tips'];

const address = { email: { value: 'ana@reader.example', atMs: 0 } };

function world({ ofLink = 'offers', userKey = 'u#ana', sendId = undefined as string | undefined, traits = address as Record<string, { value: unknown; atMs: number }> } = {}) {
  const mails: Mail[] = [];
  const requests = createReturnRequests(memoryDocuments(), 'control');
  const stream = new FakeStream();
  const optOuts = new MemoryOptOuts();
  const profiles = new MemoryProfiles();
  const clock = { nowMs: startMs };
  const inboxes = createInboxStore(memoryDocuments(), 'control');
  const sends = new MemorySends();
  const control = { optOut: optOuts.optOut.bind(optOuts), optIn: optOuts.optIn.bind(optOuts), optOuts: optOuts.optOuts.bind(optOuts) };
  const mailer = { send: async (mail: Mail) => ({ messageId: String(mails.push(mail)) }) };
  const rest = { inboxes, sends, requests, mailer, publicUrl: 'https://api.example/test' };
  const handle = createHandler({ config, stream, control, signingKeys, profiles, ...rest, logger: recordingLogger().logger, now: () => clock.nowMs });
  const token = signLink({ userKey, topic: ofLink, ...(sendId && { sendId }) }, signingKey);
  const get = () => handle(pageCall('GET', token));
  const post = (body: string, base64 = false) => ((clock.nowMs += 1000), handle(pageCall('POST', token, { body, base64 })));
  const save = (...topics: string[]) => post([...choosable.map((topic) => `shown=${topic}`), ...topics.map((topic) => `topic=${topic}`), 'do=save'].join('&'));
  const events = () => stream.records.map(({ envelope }) => eventFrom(envelopeFrom(JSON.stringify(envelope)), config)).map(({ name, properties }) => `${name} ${String(properties.topic)}`);
  const know = (more: Partial<Profile>) => profiles.saveProfile({ ...emptyProfile(userKey), consent: { value: true, atMs: 0 }, ...more });
  const withAddress = () => profiles.saveContent(userKey, { version: 0, traits, products: {} } as unknown as Parameters<typeof profiles.saveContent>[1]);
  const linkIn = (mail: Mail | undefined) => /\/u\/([^\s"]+)/.exec(mail?.text ?? '')?.[1] ?? '';
  const follow = (method: 'GET' | 'POST' = 'POST', mail = mails.at(-1)) => handle(pageCall(method, linkIn(mail), { body: 'do=confirm' }));
  return { handle, inboxes, sends, clock, stream, optOuts, get, post, save, events, know, profiles, mails, rest, withAddress, follow, linkIn };
}

const checkedIn = (page: string): string[] => [...page.matchAll(/<input type="checkbox"[^>]*value="(\w+)" checked/g)].map((match) => match[1] as string);
const shownIn = (page: string): string[] => [...page.matchAll(/<input type="checkbox"[^>]*value="(\w+)"/g)].map((match) => match[1] as string);

test('an erased person leaves no trace by an old link, whatever they choose', async () => {
  const { post, save, optOuts, stream, profiles, know } = world();
  profiles.erased.set('u#ana', startMs);
  for (const answer of [await post(''), await save(), await post('do=stop')]) expect(answer.statusCode).toBe(200);
  expect([optOuts.told, stream.records]).toEqual([[], []]);
  // Who is back is a person like any other.
  await know({ erasedAtMs: startMs });
  await post('');
  expect(optOuts.told).toEqual(['-u#ana#offers']);
});

describe('languages', () => {
  test('the page speaks the language of the emails of the person, topics included', async () => {
    const { profiles, handle, stream, rest } = world();
    const german = createHandler({ config: { ...config, topics: bookstore.topics }, stream, signingKeys, ...rest, control: { optOut: async () => {}, optIn: async () => {}, optOuts: async () => ({ unsubscribedAtMs: {}, resubscribedAtMs: {} }) }, profiles, logger: recordingLogger().logger, now: () => startMs });
    await profiles.saveContent('u#ana', { version: 0, traits: { locale: { value: 'de_CH', atMs: 0 } }, products: {} });
    const { body } = await german(pageCall('GET', signLink({ userKey: 'u#ana', topic: 'offers' }, signingKey)));
    for (const text of ['<html lang="de">', 'Welche E-Mails möchten Sie?', 'Keine E-Mails mehr zum Thema Angebote', 'Alle E-Mails abbestellen']) expect(body).toContain(text);
    expect(body.replace(/<style>[\s\S]*<\/style>|<[^>]*>/g, ' ')).not.toMatch(/\b(Stop|emails|Save|choice|your)\b/);
    // Nobody is known behind a link that does not work; there the browser says it.
    const bad = await handle({ ...pageCall('GET', 'nonsense'), headers: { 'Accept-Language': 'de-DE,de;q=0.9,en;q=0.5' } });
    expect(bad.body).toContain('Dieser Link funktioniert nicht.');
  });
});

describe('GET', () => {
  test('shows the topics in the order of the config, then those of campaigns only, and changes nothing: scanners follow links', async () => {
    const { get, optOuts, stream } = world();
    const { statusCode, body } = await get();
    expect(statusCode).toBe(200);
    expect(shownIn(body)).toEqual(choosable);
    expect(checkedIn(body)).toEqual(choosable);
    expect(body).toContain('<label for="topic-reading_tips">Reading tips</label>');
    expect(body).toContain('what is &#60;new&#62;.');
    expect([optOuts.told, stream.records]).toEqual([[], []]);
  });

  test('offers the one thing that most people come for: to stop what the email was about', async () => {
    const { get, post } = world();
    expect((await get()).body).toContain('value="leave">Stop emails about Offers</button>');
    await post('do=leave');
    expect((await get()).body).not.toContain('value="leave"');
  });

  test('does not offer to leave what comes with an order, and says what ends it', async () => {
    const { body } = await world({ ofLink: 'orders' }).get();
    expect(body).not.toContain('value="leave"');
    expect(body).toContain('<p>Orders. They come with what you order or ask for, until you stop all emails.</p>');
  });

  test('shows a topic that only an old email knows', async () => {
    expect(shownIn((await world({ ofLink: 'contests' }).get()).body)).toEqual([...choosable, 'contests']);
  });

  test('knows what the profile knows and the control table does not, such as a history that was loaded', async () => {
    const { get, know } = world();
    await know({ unsubscribedAtMs: { news: startMs - 5, offers: startMs - 5 }, resubscribedAtMs: { offers: startMs - 1 } });
    expect(checkedIn((await get()).body)).toEqual(['offers', 'reading_tips']);
  });

  test('says when nothing is sent for want of consent', async () => {
    const { get, know } = world();
    expect((await get()).body).toContain('You have not agreed to emails');
    await know({});
    expect((await get()).body).not.toContain('You have not agreed to emails');
  });

  test('says what it cannot do, is kept by nobody and framed by nobody', async () => {
    const { body, headers } = await world().get();
    expect(body).toContain('on its way at this very moment may still arrive');
    expect(headers).toMatchObject({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer', 'Content-Security-Policy': expect.stringContaining("frame-ancestors 'none'") });
  });
});

describe('POST', () => {
  test.each([
    ['a mail program', 'List-Unsubscribe=One-Click', false],
    ['a gateway that encodes the body', 'List-Unsubscribe=One-Click', true],
    ['a mail program that sends several parts', '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--', false],
    ['one that sends nothing', '', false],
  ])('of %s leaves exactly the topic of the link, at once', async (_who, body, base64) => {
    const { post, optOuts, events } = world();
    expect((await post(body, base64)).statusCode).toBe(200);
    expect(optOuts.told).toEqual(['-u#ana#offers']);
    expect(events()).toEqual(['email_unsubscribed offers']);
  });

  test('is a new decision each time, so that leaving counts after coming back', async () => {
    const { post, get, withAddress, follow } = world();
    await withAddress();
    await post('do=leave');
    await post('do=return');
    expect((await follow()).body).toContain('You get: New books, Offers, Reading tips, Orders.');
    expect(checkedIn((await get()).body)).toContain('offers');
    const { body } = await post('do=leave');
    expect(body).toContain('You will get no more emails about <strong>Offers</strong>.');
    expect(checkedIn(body)).toEqual(['news', 'reading_tips']);
    expect(checkedIn((await get()).body)).toEqual(['news', 'reading_tips']);
  });

  test('saves only what was changed', async () => {
    const { save, optOuts, events, get, withAddress, follow } = world();
    await withAddress();
    await save('news', 'offers');
    expect(optOuts.told).toEqual(['-u#ana#reading_tips']);
    await save('reading_tips', 'offers');
    expect((await follow()).body).toContain('You get: Offers, Reading tips, Orders.');
    expect(optOuts.told.slice(1)).toEqual(['-u#ana#news', '+u#ana#reading_tips']);
    expect(events()).toEqual(['email_unsubscribed reading_tips', 'email_unsubscribed news', 'email_resubscribed reading_tips']);
    expect(checkedIn((await get()).body)).toEqual(['offers', 'reading_tips']);
    await save('reading_tips', 'offers');
    expect(optOuts.told).toHaveLength(3);
  });

  test('leaves alone what the page did not show, or does not know', async () => {
    const { post, optOuts } = world();
    await post('do=save&shown=offers&shown=orders&shown=made_up&topic=__proto__');
    expect(optOuts.told).toEqual(['-u#ana#offers']);
  });

  test('stops everything, and says so until the person comes back', async () => {
    const { post, get, optOuts, events } = world();
    const { body } = await post('do=stop');
    expect(body).toContain('will not email you any more');
    expect([checkedIn(body), body.includes('value="stop"')]).toEqual([[], false]);
    expect([optOuts.told, events()]).toEqual([['-u#ana#*'], ['email_unsubscribed *']]);
    expect((await get()).body).toContain('You have stopped all emails');
  });

  test('comes back to some topics from having stopped all, out of the others before', async () => {
    const { post, save, optOuts, get, withAddress, follow } = world();
    await withAddress();
    await post('do=stop');
    await save();
    expect(optOuts.told).toEqual(['-u#ana#*']);
    await save('news');
    await follow();
    expect(optOuts.told.slice(1)).toEqual(['-u#ana#offers', '-u#ana#reading_tips', '+u#ana#*']);
    expect(checkedIn((await get()).body)).toEqual(['news']);
  });

  test('comes back to what comes with an order alone', async () => {
    const { post, get, optOuts, withAddress, follow } = world();
    await withAddress();
    await post('do=stop');
    expect((await get()).body).toContain('<p>Orders, and nothing else.</p>');
    expect((await post('do=resume')).body).toContain('you will get Orders.');
    expect((await follow()).body).toContain('You get: Orders.');
    expect(optOuts.told.slice(1)).toEqual(['-u#ana#news', '-u#ana#offers', '-u#ana#reading_tips', '+u#ana#*']);
    expect((await get()).body).toContain('value="stop"');
  });

  test('decides for the known person that an anonymous visitor has become', async () => {
    const { post, profiles, optOuts, stream } = world({ userKey: 'a#d1' });
    await profiles.point('a#d1', 'u#ana');
    await post('List-Unsubscribe=One-Click');
    expect(optOuts.told).toEqual(['-u#ana#offers']);
    expect(stream.records.map(({ partitionKey }) => partitionKey)).toEqual(['ana']);
  });
});

describe('the link of an email', () => {
  const inbox = addressHash('ana@reader.example');
  const sent = { sendId: 's1', userKey: 'u#ana', campaign: 'cart', step: 'offer', executionName: 'e', claimedAtMs: startMs, inbox };
  const ofMail = async (record: Partial<SendRecord> = sent, userKey = 'u#ana') => {
    const w = world({ sendId: 's1', userKey });
    await w.sends.claim({ ...sent, ...record });
    return w;
  };
  const noted = ({ sends }: Awaited<ReturnType<typeof ofMail>>) => sends.records.get('s1')?.unsubscribedAtMs;

  test.each(['List-Unsubscribe=One-Click', 'do=leave', 'do=stop', 'shown=offers&do=save'])('notes %s on the email, once, and in the event', async (body) => {
    const w = await ofMail();
    await w.get();
    expect(noted(w)).toBeUndefined();
    await w.post(body);
    expect(noted(w)).toBe(startMs + 1000);
    await w.post(body);
    expect(noted(w)).toBe(startMs + 1000);
    expect(w.stream.records[0]?.envelope.event.properties).toEqual({ topic: body === 'do=stop' ? '*' : 'offers', campaign: 'cart', step: 'offer', send_id: 's1' });
  });

  test('notes nothing of what was left by another email, of a return, nor of a choice that leaves nothing', async () => {
    const w = await ofMail();
    await w.optOuts.optOut('u#ana', 'offers', startMs);
    await w.post('do=leave');
    await w.post('do=return');
    await w.save(...choosable);
    expect(noted(w)).toBeUndefined();
  });

  test('leaves for the address that it went to, and for the person; coming back is for the person, and for the address that confirms it', async () => {
    const w = await ofMail();
    await w.profiles.saveContent('u#ana', { version: 0, traits: { email: { value: 'other@reader.example', atMs: 0 } }, products: {} });
    await w.post('do=leave');
    expect(w.optOuts.told).toEqual(['-u#ana#offers']);
    expect((await w.inboxes.read(inbox, ['offers', '*'])).decisions).toEqual({ unsubscribedAtMs: { offers: startMs + 1000 }, resubscribedAtMs: {} });
    await w.post('do=return');
    await w.follow();
    expect(w.optOuts.told).toEqual(['-u#ana#offers', '+u#ana#offers']);
    expect(w.mails[0]?.to).toBe('other@reader.example');
    expect((await w.inboxes.read(addressHash('other@reader.example'), ['offers'])).decisions.resubscribedAtMs).toEqual({ offers: startMs + 2000 });
    // Who reads the mails of the other address has said nothing.
    expect((await w.inboxes.read(inbox, ['offers'])).decisions.resubscribedAtMs).toEqual({});
  });

  test('without a name for the email, leaves for the address of the person', async () => {
    const w = world();
    await w.profiles.saveContent('u#ana', { version: 0, traits: { email: { value: ' Ana@Reader.example', atMs: 0 } }, products: {} });
    await w.post('do=stop');
    expect((await w.inboxes.read(inbox, ['*'])).decisions.unsubscribedAtMs).toEqual({ '*': startMs + 1000 });
  });

  test('shows as left what the other account with the address has left', async () => {
    const w = await ofMail();
    await w.inboxes.decide(inbox, 'left', 'news', startMs);
    expect(checkedIn((await w.get()).body)).toEqual(['offers', 'reading_tips']);
  });

  test('finds a person with a long id through the record of the email, and says so when that is gone', async () => {
    const userKey = `u#${'\u6f22'.repeat(255)}`;
    const w = await ofMail({ ...sent, userKey }, userKey);
    await w.post('List-Unsubscribe=One-Click');
    expect(w.optOuts.told).toEqual([`-${userKey}#offers`]);
    w.sends.records.clear();
    expect((await w.get()).statusCode).toBe(400);
  });

  test('lets people leave even if that cannot be noted', async () => {
    const w = await ofMail();
    w.sends.revise = async () => Promise.reject(new Error('throttled'));
    expect((await w.post('do=leave')).statusCode).toBe(200);
    expect(w.optOuts.told).toEqual(['-u#ana#offers']);
  });
});

describe('[L4] coming back', () => {
  const left = async (given?: Parameters<typeof world>[0]) => {
    const w = world(given);
    await w.withAddress();
    await w.post('do=leave');
    return w;
  };

  test('takes a link that only the person\'s own inbox has: whoever has a forwarded email brings nobody back', async () => {
    const { post, get, optOuts, events, mails, follow } = await left();
    const { body } = await post('do=return');
    expect(body).toContain('Nothing has changed yet. We have sent an email to your address.');
    // Who reads the page may not be the person.
    expect(body).not.toContain('ana@reader.example');
    expect([optOuts.told, events(), checkedIn((await get()).body)]).toEqual([['-u#ana#offers'], ['email_unsubscribed offers'], ['news', 'reading_tips']]);
    expect(mails).toMatchObject([{ to: 'ana@reader.example', subject: 'Lantern Books: do you want our emails again?', headers: {} }]);
    expect(mails[0]!.html).toContain('<a ses:no-track href="https://api.example/test/u/');
    // Mail scanners follow links.
    expect((await follow('GET')).body).toContain('You will get from Lantern Books: New books, Offers, Reading tips, Orders.');
    expect(optOuts.told).toHaveLength(1);
    await follow();
    expect([optOuts.told.slice(1), events().slice(1), checkedIn((await get()).body)]).toEqual([['+u#ana#offers'], ['email_resubscribed offers'], choosable]);
  });

  test('happens once, however often the link is followed, and not when the person has left again since', async () => {
    const { post, get, stream, follow, mails } = await left();
    await post('do=return');
    await follow();
    await follow();
    expect(new Set(stream.records.map(({ envelope }) => envelope.event.messageId)).size).toBe(2);
    await post('do=leave');
    const again = await follow('POST', mails[0]);
    expect([again.statusCode, checkedIn(again.body)]).toEqual([200, ['news', 'reading_tips']]);
    expect(checkedIn((await get()).body)).toEqual(['news', 'reading_tips']);
  });

  test('the link ends after two days, and with a change of the address; it is good for nothing else', async () => {
    const { post, follow, clock, profiles, optOuts, handle, mails, linkIn } = await left();
    await post('do=return');
    await profiles.saveContent('u#ana', { version: 1, traits: { email: { value: 'new@reader.example', atMs: 1 } }, products: {} } as unknown as Parameters<typeof profiles.saveContent>[1]);
    expect((await follow()).statusCode).toBe(410);
    await profiles.saveContent('u#ana', { version: 2, traits: address, products: {} } as unknown as Parameters<typeof profiles.saveContent>[1]);
    clock.nowMs += 48 * 3_600_000 + 1;
    const late = await follow();
    expect([late.statusCode, late.body.includes('works for 48 hours')]).toEqual([410, true]);
    const [keyId, claim, signature] = linkIn(mails[0]).split('.');
    const forged = [keyId, Buffer.from(JSON.stringify(['u#ben', clock.nowMs, 'x', '*'])).toString('base64url'), signature].join('.');
    expect((await handle(pageCall('POST', forged))).statusCode).toBe(400);
    expect(readLink(linkIn(mails[0]), signingKey) ?? readSurvey(`${keyId}.${claim}.${signature}`, signingKey)).toBeUndefined();
    expect(optOuts.told).toEqual(['-u#ana#offers']);
  });

  test('nobody is bombed with confirmations: one in ten minutes, three a day, for each address', async () => {
    const { post, mails, clock } = await left();
    await post('do=return');
    expect((await post('do=return')).body).toContain('has been sent to your address already');
    expect(mails).toHaveLength(1);
    for (let count = 0; count < 12; count += 1) {
      clock.nowMs += 20 * 60_000;
      await post('do=return');
    }
    expect(mails).toHaveLength(3);
    clock.nowMs += 86_400_000;
    await post('do=return');
    expect(mails).toHaveLength(4);
  });

  test('no confirmation goes to a suppressed address, or to nobody; leaving works all the same', async () => {
    for (const given of [undefined, { traits: {} }]) {
      const { save, mails, optOuts, inboxes } = await left(given);
      if (given === undefined) await inboxes.suppress(addressHash('ana@reader.example'), 'complaint', startMs);
      const { body } = await save('offers');
      expect(body).toContain('Please write to <strong>hello@lanternbooks.example</strong>');
      expect([mails, optOuts.told]).toEqual([[], ['-u#ana#offers', '-u#ana#news', '-u#ana#reading_tips']]);
    }
  });

  test('the confirmation speaks the language of the person, and escapes what it shows', async () => {
    const { post, mails, follow } = await left({ traits: { ...address, locale: { value: 'de', atMs: 0 } } });
    await post('do=return');
    expect(mails[0]).toMatchObject({ subject: 'Lantern Books: Möchten Sie unsere E-Mails wieder bekommen?' });
    expect(mails[0]!.html).toContain('<html lang="de">');
    // As the shop's own emails, it follows who reads in the dark.
    for (const colour of Object.values(config.brand.darkColors).slice(0, 3)) expect(mails[0]!.html).toMatch(new RegExp(`prefers-color-scheme: dark[^<]*${colour}`));
    expect(mails[0]!.text).toContain('Ja, senden Sie sie mir: https://api.example/test/u/');
    expect((await follow('GET')).body).toContain('Möchten Sie diese E-Mails wieder bekommen?');
  });
});

const token = signLink({ userKey: 'u#ana', topic: 'offers' }, signingKey);
test.each([
  ['none', ''],
  ['nonsense', 'nonsense'],
  ['one that was cut short', token.slice(0, -2)],
  ['one of another key', token.replace('0000000a', '0000000b')],
  ['one with another claim', [token.split('.')[0], Buffer.from('["u#ben","offers"]').toString('base64url'), token.split('.')[2]].join('.')],
  ['one of a survey', signSurvey({ userKey: 'u#ana', campaign: 'cart', step: 'offer', question: 'taste' }, signingKey)],
])('a token that was not signed for this is refused: %s', async (_what, forged) => {
  const { handle, optOuts } = world();
  const answers = await Promise.all((['GET', 'POST'] as const).map((method) => handle(pageCall(method, forged, { body: 'do=return' }))));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400]);
  expect(answers[0]?.body).toContain('write to <strong>hello@lanternbooks.example</strong>');
  expect(optOuts.told).toEqual([]);
});
