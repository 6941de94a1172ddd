import { describe, expect, test } from 'vitest';
import type { SendRecord } from '../../lambdas/adapters/mail/send-store.ts';
import { createInboxStore } from '../../lambdas/adapters/mail/inbox-store.ts';
import { addressHash } from '../../lambdas/domain/emails/address.ts';
import { emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';
import { signLink, signSurvey } from '../../lambdas/domain/links/tokens.ts';
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

function world({ ofLink = 'offers', userKey = 'u#ana', sendId = undefined as string | undefined } = {}) {
  const stream = new FakeStream();
  const optOuts = new MemoryOptOuts();
  const profiles = new MemoryProfiles();
  const clock = { nowMs: startMs };
  const inboxes = createInboxStore(memoryDocuments(), 'control');
  const sends = new MemorySends();
  const control = { optOut: optOuts.optOut.bind(optOuts), optIn: optOuts.optIn.bind(optOuts), optOuts: optOuts.optOuts.bind(optOuts) };
  const handle = createHandler({ config, stream, control, inboxes, sends, signingKeys, profiles, logger: recordingLogger().logger, now: () => clock.nowMs });
  const token = signLink({ userKey, topic: ofLink, ...(sendId && { sendId }) }, signingKey);
  const get = () => handle(pageCall('GET', token));
  const post = (body: string, base64 = false) => ((clock.nowMs += 1000), handle(pageCall('POST', token, { body, base64 })));
  const save = (...topics: string[]) => post([...choosable.map((topic) => `shown=${topic}`), ...topics.map((topic) => `topic=${topic}`), 'do=save'].join('&'));
  const events = () => stream.records.map(({ envelope }) => eventFrom(envelopeFrom(JSON.stringify(envelope)), config)).map(({ name, properties }) => `${name} ${String(properties.topic)}`);
  const know = (more: Partial<Profile>) => profiles.saveProfile({ ...emptyProfile(userKey), consent: { value: true, atMs: 0 }, ...more });
  return { handle, inboxes, sends, clock, stream, optOuts, get, post, save, events, know, profiles };
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
    const { profiles, handle, stream } = world();
    const german = createHandler({ config: { ...config, topics: bookstore.topics }, stream, signingKeys, inboxes: createInboxStore(memoryDocuments(), 'control'), sends: new MemorySends(), control: { optOut: async () => {}, optIn: async () => {}, optOuts: async () => ({ unsubscribedAtMs: {}, resubscribedAtMs: {} }) }, profiles, logger: recordingLogger().logger, now: () => startMs });
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
    const { post, get } = world();
    await post('do=leave');
    expect((await post('do=return')).body).toContain('You will get emails about <strong>Offers</strong> again.');
    expect(checkedIn((await get()).body)).toContain('offers');
    const { body } = await post('do=leave');
    expect(body).toContain('You will get no more emails about <strong>Offers</strong>.');
    expect(checkedIn(body)).toEqual(['news', 'reading_tips']);
    expect(checkedIn((await get()).body)).toEqual(['news', 'reading_tips']);
  });

  test('saves only what was changed', async () => {
    const { save, optOuts, events, get } = world();
    await save('news', 'offers');
    expect(optOuts.told).toEqual(['-u#ana#reading_tips']);
    const { body } = await save('reading_tips', 'offers');
    expect(body).toContain('You get: Offers, Reading tips, Orders.');
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
    const { post, save, optOuts, get } = world();
    await post('do=stop');
    await save();
    expect(optOuts.told).toEqual(['-u#ana#*']);
    await save('news');
    expect(optOuts.told.slice(1)).toEqual(['-u#ana#offers', '-u#ana#reading_tips', '+u#ana#*']);
    expect(checkedIn((await get()).body)).toEqual(['news']);
  });

  test('comes back to what comes with an order alone', async () => {
    const { post, get, optOuts } = world();
    await post('do=stop');
    expect((await get()).body).toContain('<p>Orders, and nothing else.</p>');
    expect((await post('do=resume')).body).toContain('You get: Orders.');
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

  test('leaves for the address that it went to, and for the person; coming back is for both as well', async () => {
    const w = await ofMail();
    await w.profiles.saveContent('u#ana', { version: 0, traits: { email: { value: 'other@reader.example', atMs: 0 } }, products: {} });
    await w.post('do=leave');
    expect(w.optOuts.told).toEqual(['-u#ana#offers']);
    expect((await w.inboxes.read(inbox, ['offers', '*'])).decisions).toEqual({ unsubscribedAtMs: { offers: startMs + 1000 }, resubscribedAtMs: {} });
    await w.post('do=return');
    expect((await w.inboxes.read(inbox, ['offers'])).decisions.resubscribedAtMs).toEqual({ offers: startMs + 2000 });
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
