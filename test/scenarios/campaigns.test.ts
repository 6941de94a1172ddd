import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Runtime } from '../../local/runtime.ts';
import { variantOf, isInHoldout } from '../../lambdas/domain/campaigns/variants.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { basicAuth, createWorld, eventually, type World } from '../support/runtime.ts';

const scale = 10_000;
const startMs = Date.parse('2026-09-01T06:00:00Z');
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let world: World;
let runtime: Runtime;
let timeMs = startMs;

/** Sends what the shop's server would send, at a time that has just come. */
async function happens(userId: string, calls: { name: string; properties?: object; atMs?: number }[]): Promise<void> {
  const batch = calls.map(({ name, properties = {}, atMs = runtime.clock.nowMs() }, index) => ({
    userId,
    messageId: `${userId}-${name}-${atMs}-${index}`,
    timestamp: new Date(atMs).toISOString(),
    ...(name === 'identify' ? { type: 'identify', traits: properties } : { type: 'track', event: name, properties }),
  }));
  const answer = await fetch(`${runtime.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: basicAuth(runtime.keys.server), 'content-type': 'application/json' },
    body: JSON.stringify({ batch }),
  });
  expect(answer.status).toBe(200);
}

const welcomed = (userId: string) => happens(userId, [{ name: 'identify', properties: { email: `${userId}@reader.example`, first_name: userId, marketing_consent: true } }]);
const mailsTo = (userId: string) => runtime.mails().filter(({ to }) => to[0] === `${userId}@reader.example`);
const mailOf = (userId: string, step: string) => eventually(`the ${step} for ${userId}`, () => mailsTo(userId).find(({ tags }) => tags.step === step), 90_000);
const hoursSince = (atMs: number, sinceMs: number) => (atMs - sinceMs) / hourMs;
/** Somebody whom the campaign's holdout does not hold back. */
const mailed = (name: string, campaign: string) =>
  Array.from({ length: 50 }, (_, index) => `${name}${index}`).find((userId) => !isInHoldout(config, campaign, config.campaigns[campaign]!, `u#${userId}`)) as string;

beforeAll(async () => {
  world = createWorld();
  runtime = await world.start({ timeScale: scale, startAtMs: startMs });
  timeMs = runtime.clock.nowMs();
  const book = (product_id: string, name: string, more: object = {}) => ({ name: 'product_updated', properties: { product_id, name, price: 10, currency: 'EUR', url: `https://lanternbooks.example/books/${product_id}`, ...more } });
  await happens('catalogue', [book('emma', 'Emma', { related: ['persuasion'] }), book('persuasion', 'Persuasion'), book('dracula', 'Dracula')]);
}, 60_000);
afterAll(() => world.end());

describe.concurrent('campaigns', () => {
  test('welcome: a hello at once, and the picks a day after the first look, not after three', async () => {
    await welcomed('wanda');
    await happens('wanda', [{ name: 'signed_up' }]);
    const hello = await mailOf('wanda', 'hello');
    await happens('wanda', [{ name: 'product_viewed', properties: { product_id: 'dracula' } }]);
    const lookedAtMs = runtime.clock.nowMs();
    const picks = await mailOf('wanda', 'picks');
    expect(hello.subject).toBe('Welcome to Lantern Books');
    expect(picks.text).toContain('Dracula');
    expect(hoursSince(picks.sentAtMs, lookedAtMs)).toBeGreaterThan(23);
    expect(hoursSince(picks.sentAtMs, hello.sentAtMs)).toBeLessThan(72);
  }, 120_000);

  test('welcome: the picks come without a look, too, after three days and one more', async () => {
    await welcomed('walt');
    await happens('walt', [{ name: 'signed_up' }]);
    const [hello, picks] = [await mailOf('walt', 'hello'), await mailOf('walt', 'picks')];
    expect(picks.subject).toBe('Where to start');
    expect(hoursSince(picks.sentAtMs, hello.sentAtMs)).toBeGreaterThanOrEqual(96);
  }, 120_000);

  test('browse abandonment: a day after the third look, with what was looked at', async () => {
    await welcomed('bruno');
    for (const product_id of ['emma', 'persuasion', 'dracula']) await happens('bruno', [{ name: 'product_viewed', properties: { product_id } }]);
    // The segment is known after the third look; the fourth is the one that counts.
    await eventually('bruno browses', async () => (await runtime.people()).find(({ userKey, segment }) => userKey === 'u#bruno' && segment === 'engaged_browsers'));
    const lookedAtMs = runtime.clock.nowMs();
    await happens('bruno', [{ name: 'product_viewed', properties: { product_id: 'emma' } }]);
    const nudge = await mailOf('bruno', 'nudge');
    expect(nudge.subject).toContain('still thinking it over?');
    expect(nudge.text).toContain('Persuasion');
    expect(hoursSince(nudge.sentAtMs, lookedAtMs)).toBeGreaterThan(23);
  }, 120_000);

  test('browse abandonment: ends when something is put into the cart', async () => {
    await welcomed('bella');
    for (const product_id of ['emma', 'persuasion', 'dracula']) await happens('bella', [{ name: 'product_viewed', properties: { product_id } }]);
    await eventually('bella browses', async () => (await runtime.people()).find(({ userKey, segment }) => userKey === 'u#bella' && segment === 'engaged_browsers'));
    await happens('bella', [{ name: 'product_viewed', properties: { product_id: 'emma' } }]);
    const execution = await eventually('the workflow', () => runtime.executions().find(({ input, machineName }) => machineName.endsWith('browse-abandonment') && input.includes('u#bella')));
    await happens('bella', [{ name: 'add_to_cart', properties: { product_id: 'emma', name: 'Emma' } }]);
    const stopped = await eventually('its end', () => runtime.executions().find(({ arn, status }) => arn === execution.arn && status !== 'RUNNING'));
    expect(stopped).toMatchObject({ status: 'ABORTED', ended: { error: 'Exited', cause: expect.stringMatching(/^add_to_cart at /) } });
    expect(mailsTo('bella')).toEqual([]);
  }, 120_000);

  test('cross-sell: five days after the purchase, with what goes with it', async () => {
    await welcomed('clara');
    await happens('clara', [{ name: 'purchase', properties: { product_id: 'emma', name: 'Emma', total: 10 } }]);
    const boughtAtMs = runtime.clock.nowMs();
    const ideas = await mailOf('clara', 'ideas');
    expect(ideas.text).toContain('Persuasion');
    expect(ideas.text).not.toMatch(/\* Emma/);
    expect(ideas.text).toMatch(/\/s\/[\w.-]+\?answer=yes/);
    expect(hoursSince(ideas.sentAtMs, boughtAtMs)).toBeGreaterThan(119);
  }, 120_000);

  test('win-back: somebody who bought gets an offer at ten in the morning when ninety days are over', async () => {
    const wim = mailed('wim', 'win_back');
    await happens(wim, [
      { name: 'identify', properties: { email: `${wim}@reader.example`, marketing_consent: true, timezone: 'Europe/Berlin' }, atMs: timeMs - 89.8 * dayMs },
      { name: 'purchase', properties: { product_id: 'emma', name: 'Emma' }, atMs: timeMs - 89.7 * dayMs },
    ]);
    const offer = await mailOf(wim, 'offer');
    expect(offer.subject).toContain('20% off');
    expect(new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', hour: 'numeric', hourCycle: 'h23' }).format(offer.sentAtMs)).toBe('10');
  }, 120_000);

  test('win-back: the holdout is counted and not mailed', async () => {
    const held = Array.from({ length: 200 }, (_, index) => `held${index}`).find((userId) => isInHoldout(config, 'win_back', config.campaigns.win_back!, `u#${userId}`)) as string;
    await happens(held, [
      { name: 'identify', properties: { email: `${held}@reader.example`, marketing_consent: true }, atMs: timeMs - 89.8 * dayMs },
      { name: 'page_viewed', atMs: timeMs - 89.7 * dayMs },
    ]);
    const execution = await eventually('the end of the workflow', () => runtime.executions().find(({ input, status, machineName }) => machineName.endsWith('win-back') && input.includes(`u#${held}`) && status === 'SUCCEEDED'), 90_000);
    expect(execution.ended?.output).toContain('holdout');
    // Step Functions' event has gone through EventBridge, the stream and the fold: long before any clock would have ended the run.
    await eventually('the end in the profile', async () => (await runtime.people()).find(({ userKey, workflows }) => userKey === `u#${held}` && workflows.length === 0));
    const report = JSON.parse(await (await fetch(`${runtime.url}/report.json`)).text()) as { campaigns: { campaign: string; workflows: Record<string, number> }[] };
    expect(report.campaigns.find(({ campaign }) => campaign === 'win_back')?.workflows).toMatchObject({ entered: expect.any(Number), completed: expect.any(Number), failed: 0 });
    expect(mailsTo(held)).toEqual([]);
  }, 120_000);

  const account = async (userId: string, email: string, ...calls: Parameters<typeof happens>[1]) =>
    happens(userId, [{ name: 'identify', properties: { email, first_name: userId, marketing_consent: true } }, ...calls]);
  const mailsAt = (email: string) => runtime.mails().filter(({ to }) => to[0]?.toLowerCase() === email).toSorted((a, b) => a.sentAtMs - b.sentAtMs);
  const put = (properties: object, atMs?: number) => ({ name: 'add_to_cart', properties: { product_id: 'emma', name: 'Emma', ...properties }, ...(atMs !== undefined && { atMs }) });
  const endOf = (userId: string) =>
    eventually(`the end of ${userId}'s cart`, () => runtime.executions().find(({ input, status, machineName }) => machineName.endsWith('abandoned-cart') && input.includes(`u#${userId}"`) && status !== 'RUNNING'), 90_000);

  test('one inbox: two accounts get one email a day, and what is left by a link in one counts for both, noted on that email', async () => {
    await account('twin1', 'twins@reader.example', { name: 'signed_up' });
    await account('twin2', 'Twins@Reader.example', { name: 'signed_up' });
    const [first, second] = await eventually('both hellos', () => (mailsAt('twins@reader.example').length >= 2 ? mailsAt('twins@reader.example') : undefined), 90_000);
    expect(hoursSince(second!.sentAtMs, first!.sentAtMs)).toBeGreaterThan(23.9);

    await account('mate1', 'mates@reader.example', { name: 'signed_up' });
    const hello = await eventually('the hello', () => mailsAt('mates@reader.example')[0], 90_000);
    const header = hello.headers.find(({ name }) => name === 'List-Unsubscribe')?.value ?? '';
    const link = /^<(.+)>$/.exec(header)?.[1] ?? '';
    for (let time = 0; time < 2; time += 1) expect((await fetch(link, { method: 'POST', body: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status).toBe(200);
    await account('mate2', 'MATES@reader.example', { name: 'signed_up' });
    await eventually('the end for the other account', () => runtime.executions().find(({ input, status, machineName }) => machineName.endsWith('welcome') && input.includes('u#mate2"') && status !== 'RUNNING'), 90_000);
    expect(mailsAt('mates@reader.example')).toHaveLength(1);
    const report = await eventually('the unsubscribe in the report', async () => {
      const { campaigns } = JSON.parse(await (await fetch(`${runtime.url}/report.json`)).text()) as { campaigns: { campaign: string; emails: { step: string; unsubscribed: number }[] }[] };
      const row = campaigns.find(({ campaign }) => campaign === 'welcome')?.emails.find(({ step }) => step === 'hello');
      return (row?.unsubscribed ?? 0) > 0 ? row : undefined;
    });
    expect(report.unsubscribed).toBe(1);
  }, 180_000);

  test('carts: two, one taken out, is still a cart, which is mailed two days after it was touched last; nothing of something is none', async () => {
    await account('quinn', 'quinn@reader.example', put({ quantity: 2 }, runtime.clock.nowMs() - 30 * hourMs));
    await account('nil', 'nil@reader.example', put({ quantity: 0 }));
    await happens('quinn', [{ name: 'remove_from_cart', properties: { product_id: 'emma', quantity: 1 } }]);
    await happens('quinn', [put({ product_id: 'dracula', name: 'Dracula', variant: 'paper', quantity: 1 })]);
    const touchedAtMs = runtime.clock.nowMs();
    const offer = await mailOf('quinn', 'offer');
    expect(hoursSince(offer.sentAtMs, touchedAtMs)).toBeGreaterThanOrEqual(47.9);
    for (const title of ['Emma', 'Dracula']) expect(offer.text).toContain(title);
    // Two days later, nothing of something has started nothing.
    expect(runtime.executions().filter(({ input }) => input.includes('u#nil"'))).toEqual([]);
    expect(mailsTo('nil')).toEqual([]);
  }, 180_000);

  test('carts: an order covers the cart that another clock dates seconds later, whichever is told first', async () => {
    const orderedAtMs = runtime.clock.nowMs();
    await account('olga', 'olga@reader.example', put({}, orderedAtMs + 5000));
    await happens('olga', [{ name: 'purchase', properties: { product_id: 'emma', total: 10 }, atMs: orderedAtMs }]);
    await account('otto', 'otto@reader.example', { name: 'purchase', properties: { product_id: 'emma', total: 10 }, atMs: orderedAtMs });
    await happens('otto', [put({}, orderedAtMs + 5000)]);
    expect(await endOf('olga')).toMatchObject({ status: 'ABORTED', ended: { error: 'Exited' } });
    expect(runtime.executions().filter(({ input, machineName }) => machineName.endsWith('abandoned-cart') && input.includes('u#otto"'))).toEqual([]);
    expect(mailsTo('olga').filter(({ tags }) => tags.step === 'offer')).toEqual([]);
  }, 120_000);

  test('one email is of interest once: twelve fetches of its picture are one open', async () => {
    await account('ines', 'ines@reader.example', { name: 'signed_up' });
    const { html = '' } = await mailOf('ines', 'hello');
    const picture = /http:[^"]+\/_ses\/open\/[\w-]+/.exec(html)?.[0] ?? '';
    for (let fetched = 0; fetched < 12; fetched += 1) {
      expect((await fetch(picture, { headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' } })).status).toBe(200);
      // A quarter of an hour passes here, so that the fetches lie hours apart in all.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { scores } = await eventually('the open', async () => (await runtime.people()).find(({ userKey, scores: known }) => userKey === 'u#ines' && (known.engagement ?? 0) > 0));
    await happens('ines', [{ name: 'wishlist_saved', properties: { product_id: 'emma' } }]);
    const after = await eventually('what came after the opens', async () => (await runtime.people()).find(({ userKey, scores: known }) => userKey === 'u#ines' && (known.engagement ?? 0) > (scores.engagement ?? 0)));
    expect(after.scores.engagement).toBeLessThanOrEqual(5 + 3);
  }, 120_000);

  test('feedback: an address that SES withholds is not mailed again, and counts neither as bounced nor as complained about', async () => {
    const email = 'suppressionlist@simulator.amazonses.com';
    await account('sup', email, { name: 'signed_up' });
    await eventually('the hello', () => mailsAt(email)[0], 90_000);
    await account('sup2', email.toUpperCase(), { name: 'signed_up' });
    const ended = await eventually('the end for another account', () => runtime.executions().find(({ input, status, machineName }) => machineName.endsWith('welcome') && input.includes('u#sup2"') && status !== 'RUNNING'), 90_000);
    expect(ended.ended?.output).toContain('suppressed');
    expect(mailsAt(email)).toHaveLength(1);
    const { campaigns } = JSON.parse(await (await fetch(`${runtime.url}/report.json`)).text()) as { campaigns: { campaign: string; emails: { bounced: number; complained: number }[] }[] };
    expect(campaigns.flatMap(({ emails }) => emails).reduce((sum, { bounced, complained }) => sum + bounced + complained, 0)).toBe(0);
  }, 180_000);

  test('abandoned cart: of a web key that tells only an id, the email shows what the feed in the data folder says', async () => {
    const link = (path: string) => `<g:${path.includes('.') ? 'image_link' : 'link'}>https://lanternbooks.example/${path}</g:${path.includes('.') ? 'image_link' : 'link'}>`;
    const item = `<item><g:id>ulysses</g:id><g:title>Ulysses &amp; notes</g:title>${link('books/ulysses')}${link('covers/ulysses.png')}<g:price>24.50 EUR</g:price><g:availability>in_stock</g:availability></item>`;
    writeFileSync(join(world.dataDir, 'products/feed.xml'), `<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>${item}</channel></rss>`);
    const log = join(world.dataDir, 'logs');
    await eventually('the import', () => readdirSync(log).some((name) => readFileSync(join(log, name), 'utf8').includes('"product feed imported"')));
    const ulla = mailed('ulla', 'abandoned_cart');
    await welcomed(ulla);
    const properties = { product_id: 'ulysses', name: 'URGENT: your payment failed', price: 1, image_url: 'https://evil.example/x.png' };
    const body = JSON.stringify({ userId: ulla, event: 'add_to_cart', properties, timestamp: new Date(runtime.clock.nowMs()).toISOString() });
    const answer = await fetch(`${runtime.url}/v1/track`, { method: 'POST', headers: { authorization: basicAuth(runtime.keys.web), 'content-type': 'application/json' }, body });
    expect(answer.status).toBe(200);
    const offer = await mailOf(ulla, 'offer');
    expect(offer.html).toContain('src="https://lanternbooks.example/covers/ulysses.png"');
    expect(offer.text).toContain('Ulysses & notes');
    expect(offer.text).toContain('\u20ac24.50');
    expect(`${offer.subject} ${offer.text} ${offer.html}`).not.toMatch(/URGENT|evil/);
  }, 120_000);

  test('reward: an hour after somebody has become a fan', async () => {
    await welcomed('fanny');
    const many = Array.from({ length: 26 }, () => ({ name: 'product_viewed', properties: { product_id: 'emma' } }));
    await happens('fanny', [...many, { name: 'email_opened', properties: { campaign: 'welcome', step: 'hello' } }]);
    const thanks = await mailOf('fanny', 'thanks');
    expect(thanks.text).toMatch(/20% off with this code: [A-Z2-9]{5}-[A-Z2-9]{5}/);
  }, 120_000);
});

test('no function has logged whom it worked for', async () => {
  const folder = join(world.dataDir, 'logs');
  const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  // All of them worked, and said so.
  for (const message of ['"batch"', '"sent"', '"refreshed"', '"feedback"', '"product feed imported"']) expect(logs).toContain(message);
  const ids = (await runtime.people()).map(({ userKey }) => userKey.slice(2));
  expect(ids.length).toBeGreaterThan(8);
  for (const id of ids) expect(logs).not.toMatch(new RegExp(`\\b${id}\\b`));
  expect(logs).not.toMatch(/reader\.example|[ua]#|\/[usr]\/[\w-]{20}/);
});

test('a winner ends the comparison for everybody', () => {
  expect(variantOf('abandoned_cart', config.campaigns.abandoned_cart!, 'u#anybody')).toBe('calm');
});
