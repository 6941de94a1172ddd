import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Runtime } from '../../local/runtime.ts';
import { variantOf, isInHoldout } from '../../lambdas/domain/campaigns/variants.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { basicAuth, createWorld, eventually } from '../support/runtime.ts';
import { createScene, dayMs, hoursSince, mailed } from '../support/scene.ts';
import { mailAsPeopleTakeIt } from './campaigns/mail-as-people-take-it.ts';
import { workflowsComeToAnEnd } from './campaigns/workflows-come-to-an-end.ts';

const scale = 10_000;
const startMs = Date.parse('2026-09-01T06:00:00Z');

let runtime: Runtime;
let timeMs = startMs;
const world = createWorld();

const scene = createScene(world, () => runtime);
const { happens, welcomed, mailsTo, mailOf } = scene;

beforeAll(async () => {
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

  mailAsPeopleTakeIt(scene);
  workflowsComeToAnEnd(scene);

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
