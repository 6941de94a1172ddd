import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { DeleteCommand, DynamoDBDocumentClient, paginateScan, PutCommand } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Analytics } from '@segment/analytics-node';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import config from '../../examples/bookstore/segue.config.ts';
import { marshallOptions } from '../../lambdas/adapters/clients.ts';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import { defineStages } from '../../lambdas/schemas/stages.ts';
import type { Runtime } from '../../local/runtime.ts';
import { readEndpoints } from '../../local/stack/endpoints.ts';
import { loadTemplate } from '../../local/stack/template.ts';
import { firstChecks, otherChecks } from '../../tools/doctor/checks.ts';
import { closeClients } from '../../tools/doctor/clients.ts';
import { exitCodeOf } from '../../tools/doctor/print.ts';
import { examine } from '../../tools/doctor/run.ts';
import { localContext } from '../../tools/doctor/target.ts';
import type { Template } from '../../tools/doctor/template.ts';
import { createLimits } from '../../tools/keys/limits.ts';
import { newWriteKey, saveWriteKey } from '../../tools/keys/write-keys.ts';
import { findPersonTarget } from '../../tools/person/target.ts';
import { smoke } from '../../tools/smoke/run.ts';
import { findWorld } from '../../tools/smoke/world.ts';
import { reportData } from '../../lambdas/schemas/report.ts';
import { hasChromium, lookAtPages } from '../support/page-looks.ts';
import { foreignRequests, rawRequest } from '../support/raw-request.ts';
import { basicAuth, createWorld, eventually, type World } from '../support/runtime.ts';

let world: World;
let runtime: Runtime;

beforeAll(async () => {
  world = createWorld();
  runtime = await world.start({ allowedHosts: ['segue.tunnel.example'] });
}, 120_000);
afterAll(() => world.end());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${runtime.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: basicAuth(runtime.keys.server), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const person = (userKey: string, fits: (one: Awaited<ReturnType<Runtime['people']>>[number]) => boolean = () => true) =>
  eventually(`a profile of ${userKey}`, async () => (await runtime.people()).find((one) => one.userKey === userKey && fits(one)));

describe('the endpoint', () => {
  test.each([
    ['track', { userId: 'c-track', event: 'add_to_cart', properties: { product_id: 'b1' } }],
    ['identify', { userId: 'c-identify', traits: { first_name: 'Ana' } }],
    ['page', { userId: 'c-page', name: 'Home' }],
    ['screen', { userId: 'c-screen', name: 'Home' }],
    ['group', { userId: 'c-group', groupId: 'g1' }],
    ['alias', { userId: 'c-alias', previousId: 'device-1' }],
    ['batch', { batch: [{ type: 'track', userId: 'c-batch', event: 'purchase' }] }],
  ])('takes /v1/%s', async (type, body) => {
    const response = await post(`/v1/${type}`, body);
    expect([response.status, await response.json()]).toEqual([200, { success: true }]);
    await person(`u#c-${type}`);
  });

  test.each<[string, number, RegExp, () => Promise<Response>]>([
    ['no JSON', 400, /./, () => post('/v1/track', '{"event":')],
    ['no object', 400, /body does not fit/, () => post('/v1/track', [])],
    ['a wrong type', 400, /^event is missing/, () => post('/v1/track', { userId: 'u', event: {} })],
    ['a missing name', 400, /^event is missing/, () => post('/v1/track', { userId: 'u' })],
    ['no id', 400, /^userId or anonymousId is missing/, () => post('/v1/track', { event: 'x', userId: '', anonymousId: null })],
    ['no batch', 400, /batch/, () => post('/v1/batch', { events: [] })],
    ['an empty batch', 400, /^batch is empty/, () => post('/v1/batch', { batch: [] })],
    ['no key', 401, /key/, () => post('/v1/track', { userId: 'u', event: 'x' }, { authorization: '' })],
    ['an unknown key', 403, /key/, () => post('/v1/track', { userId: 'u', event: 'x' }, { authorization: basicAuth('nobody') })],
    ['a large event', 413, /32 KB/, () => post('/v1/track', { userId: 'u', event: 'x', properties: { text: 'x'.repeat(40_000) } })],
    ['a large request', 413, /500 KB/, () => post('/v1/batch', { batch: Array.from({ length: 20 }, () => ({ type: 'track', userId: 'u', event: 'x', properties: { text: 'x'.repeat(30_000) } })) })],
    ['501 events', 413, /500 events/, () => post('/v1/batch', { batch: Array.from({ length: 501 }, () => ({ type: 'track', userId: 'u', event: 'x' })) })],
    ['a server key in an address', 403, /server key/, () => fetch(`${runtime.url}/beacon/v1/track?writeKey=${runtime.keys.server}`, { method: 'POST', body: '{"userId":"u","event":"x"}' })],
    ['a beacon without a key', 401, /writeKey=/, () => fetch(`${runtime.url}/beacon/v1/track`, { method: 'POST', body: '{"userId":"u","event":"x"}' })],
    ['a wrong gzip', 415, /gzip/, () => post('/v1/track', '{"userId":"u","event":"x"}', { 'content-encoding': 'gzip' })],
    ['another content type', 415, /application\/json/, () => post('/v1/track', '<x/>', { 'content-type': 'application/xml' })],
  ])('refuses %s and says why', async (_name, status, reason, send) => {
    const response = await send();
    const body = (await response.json()) as { error: string };
    expect({ status: response.status, error: body.error }).toEqual({ status, error: expect.stringMatching(reason) });
  });

  test('answers the preflight of a browser', async () => {
    const response = await fetch(`${runtime.url}/v1/track`, { method: 'OPTIONS', headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' } });
    expect(response.ok).toBe(true);
    expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization');
  });

  test('passes hostile strings on unharmed', async () => {
    const userId = `"}]} $input.body #set($x=1) \\ '\u2028\ud83d\udcda <script>`;
    expect((await post('/v1/track', { userId, event: 'page_viewed', properties: { name: userId } })).status).toBe(200);
    await person(`u#${userId}`);
  });
});

test('[C2] a key over its limit gets 429 with the seconds to wait, and no other key does', async () => {
  const { apiGatewayUrl, dynamodbUrl, region } = readEndpoints(world.dataDir);
  const aws = { region, credentials: { accessKeyId: 'operator', secretAccessKey: 'x' } };
  const gateway = new APIGatewayClient({ endpoint: apiGatewayUrl!, ...aws });
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: dynamodbUrl, ...aws }), { marshallOptions });
  const { key, stored } = newWriteKey('web', Date.now());
  const limits = await createLimits(gateway, { stage: 'dev', ...stored }, { perSecond: 0.5, perDay: 4 });
  const { TableNames = [] } = await documents.send(new ListTablesCommand());
  await saveWriteKey(documents, TableNames.find((name) => name.includes('Control'))!, { ...stored, limits: limits! });
  const send = (to = key) => post('/v1/track', { anonymousId: 'limited', event: 'page_viewed', properties: { path: '/' } }, { authorization: basicAuth(to) });
  const answers = [];
  for (let count = 0; count < 4; count += 1) answers.push(await send());
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  expect(await answers[3]!.json()).toEqual({ error: expect.stringContaining('too many requests') });
  expect([answers[3]!.headers.get('retry-after'), answers[3]!.headers.get('access-control-expose-headers')]).toEqual(['5', 'Retry-After']);
  expect((await send(runtime.keys.web)).status).toBe(200);
  // A client that waits gets in, until the day's requests are used up.
  await eventually('the last request of the day', async () => (await send()).status === 200 || undefined);
  const last = await send();
  expect([last.status, last.headers.get('retry-after'), await last.json()]).toEqual([429, '900', { error: expect.stringContaining('midnight UTC') }]);
});

test('[C2] a web key sends no large batches', async () => {
  const batch = (count: number, text: string) => ({ batch: Array.from({ length: count }, () => ({ type: 'track', anonymousId: 'large', event: 'page_viewed', properties: { text } })) });
  const send = (body: object, key: string) => post('/v1/batch', body, { authorization: basicAuth(key) });
  for (const body of [batch(41, ''), batch(2, 'x'.repeat(20_000))]) {
    const refused = await send(body, runtime.keys.web);
    expect([refused.status, await refused.json()]).toEqual([413, { error: 'too large: with a web key, a request may have 32 KB and 40 events' }]);
    expect((await send(body, runtime.keys.server)).status).toBe(200);
  }
  expect((await send(batch(40, 'x'.repeat(500)), runtime.keys.web)).status).toBe(200);
});

test('an unmodified Segment SDK reaches a profile', async () => {
  const analytics = new Analytics({ writeKey: runtime.keys.server, host: runtime.url, path: '/v1/batch' });
  analytics.identify({ userId: 'sdk-user', traits: { email: 'sdk@reader.example', marketing_consent: true } });
  analytics.track({ userId: 'sdk-user', event: 'Order Completed', properties: { order_id: '1', products: [{ product_id: 'b1', name: 'Emma', price: 9.9 }] } });
  await analytics.closeAndFlush();
  const { scores } = await person('u#sdk-user', ({ segment }) => segment === 'recent_buyers');
  expect(scores.engagement).toBe(10);
});

/** Everything that the tables, the stream and the files hold as text, but for the mails themselves. */
async function everythingKept(): Promise<string> {
  const { dynamodbUrl, kinesisUrl, streamName, region } = readEndpoints(world.dataDir);
  const aws = { region, credentials: { accessKeyId: 'operator', secretAccessKey: 'x' } };
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: dynamodbUrl, ...aws }), { marshallOptions });
  const kinesis = new KinesisClient({ endpoint: kinesisUrl, requestHandler: new NodeHttpHandler(), ...aws });
  const texts: string[] = [];
  for (const TableName of (await documents.send(new ListTablesCommand())).TableNames ?? []) {
    for await (const { Items } of paginateScan({ client: documents }, { TableName })) texts.push(JSON.stringify(Items));
  }
  let { ShardIterator: next } = await kinesis.send(new GetShardIteratorCommand({ StreamName: streamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }));
  for (let empty = 0; next !== undefined && empty < 2; ) {
    const { Records = [], NextShardIterator } = await kinesis.send(new GetRecordsCommand({ ShardIterator: next }));
    texts.push(...Records.map(({ Data }) => Buffer.from(Data ?? []).toString()));
    next = NextShardIterator;
    if (Records.length === 0) empty += 1;
  }
  for (const name of readdirSync(world.dataDir, { recursive: true, encoding: 'utf8' })) {
    const path = join(world.dataDir, name);
    if (name.includes('messages/') || !statSync(path).isFile()) continue;
    const bytes = readFileSync(path);
    texts.push((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
  }
  return texts.join('\n');
}

/** It is noon there, so that no quiet hours hold an email up. These names count westwards. */
function zoneAtNoon(): string {
  const eastOfUtc = 12 - new Date().getUTCHours();
  return `Etc/GMT${eastOfUtc > 0 ? '-' : '+'}${Math.abs(eastOfUtc)}`;
}

test('[L2] [L3] [L4] leaving takes the link of an email, coming back one from the own inbox, and no link is kept anywhere but in the mails', async () => {
  await post('/v1/identify', { userId: 'rita', traits: { email: 'rita@reader.example', marketing_consent: true, timezone: zoneAtNoon(), locale: 'de' } });
  await post('/v1/track', { userId: 'rita', event: 'signed_up' });
  const mailsTo = () => runtime.mails().filter(({ to }) => to[0] === 'rita@reader.example');
  const hello = await eventually('the hello', () => mailsTo().find(({ tags }) => tags.step === 'hello'), 60_000);
  const linkIn = (text: string) => /http\S+\/u\/[\w.-]+/.exec(text)?.[0] ?? '';
  const submit = async (to: string, body: string) => {
    const answer = await fetch(to, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
    return { status: answer.status, page: await answer.text(), headers: answer.headers };
  };
  const link = linkIn(hello.text ?? '');
  expect((await submit(link, 'do=leave')).page).toContain('Erledigt');
  expect((await submit(link, 'do=return')).page).toContain('Noch hat sich nichts geändert. Wir haben eine E-Mail an Ihre Adresse gesendet.');
  expect((await submit(link, 'do=return')).page).toContain('wurde schon an Ihre Adresse gesendet');
  const confirmation = await eventually('the confirmation', () => mailsTo().find(({ tags }) => tags.kind === 'confirmation'));
  expect(mailsTo()).toHaveLength(2);
  const back = linkIn(confirmation.text ?? '');
  const shown = await fetch(back);
  expect([shown.status, shown.headers.get('cache-control'), shown.headers.get('referrer-policy')]).toEqual([200, 'no-store', 'no-referrer']);
  expect(await shown.text()).toContain('Ja, senden Sie sie mir');
  expect(await (await fetch(link)).text()).toMatch(/<input type="checkbox"[^>]*value="\w+"(?! checked)/);
  if (hasChromium) {
    const nobodys = ['u', 's', 'r'].map((kind) => `${runtime.url}/${kind}/nobodys`);
    expect(await lookAtPages([link, back, ...nobodys], { url: back, button: 'confirm' })).toContain('Sie bekommen: ');
  }
  expect((await submit(back, 'do=confirm')).page).toContain('Sie bekommen: ');
  expect((await submit(back, 'do=confirm')).status).toBe(200);

  // A click on a link that was tracked all the same, as SES tells it.
  const timestamp = new Date().toISOString();
  const mail = { messageId: hello.messageId, timestamp, tags: { 'send-id': [hello.tags['send-id']!], 'ses:configuration-set': ['segue-dev'] } };
  await runtime.invoke('segue-dev-record-feedback', { source: 'aws.ses', detail: { eventType: 'Click', mail, click: { timestamp, userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', link: `${link}?from=email` } } });
  const kept = await eventually('the click in the stream', async () => {
    const texts = await everythingKept();
    return /\/u\/token-[\w-]{8}\?from=email/.test(texts) ? texts : undefined;
  });
  for (const token of [link, back].map((one) => one.split('/u/')[1]!)) expect(kept.includes(token.split('.')[2]!), 'a signature').toBe(false);
}, 120_000);

test('a complaint during the wait for the send rate counts: the email that waits is not sent', async () => {
  const { dynamodbUrl, region } = readEndpoints(world.dataDir);
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: dynamodbUrl, region, credentials: { accessKeyId: 'operator', secretAccessKey: 'x' } }), { marshallOptions });
  const TableName = (await documents.send(new ListTablesCommand())).TableNames!.find((name) => name.includes('Control'))!;
  const Key = { kind: 'send-rate', id: 'next' };
  // The account's rate is used up for the next seconds, whenever somebody asks, until somebody has taken a place.
  let nextUs = 0;
  const useUp = async (): Promise<'taken' | undefined> => {
    const next = (runtime.clock.nowMs() + 2800) * 1000;
    const isAsBefore = nextUs > 0 && { ConditionExpression: 'nextUs = :before', ExpressionAttributeValues: { ':before': nextUs } };
    try {
      await documents.send(new PutCommand({ TableName, Item: { ...Key, nextUs: next }, ...isAsBefore }));
      nextUs = next;
      return undefined;
    } catch (error) {
      if ((error as Error).name === 'ConditionalCheckFailedException') return 'taken';
      throw error;
    }
  };
  const email = 'lena@reader.example';
  await post('/v1/identify', { userId: 'lena', traits: { email, marketing_consent: true, timezone: zoneAtNoon() } });
  await post('/v1/track', { userId: 'lena', event: 'signed_up' });
  await eventually('a place taken in the rate', useUp);
  const timestamp = new Date().toISOString();
  await runtime.invoke('segue-dev-record-feedback', { source: 'aws.ses', detail: { eventType: 'Complaint', mail: { messageId: 'an earlier one', timestamp, destination: [email] }, complaint: { timestamp, complaintFeedbackType: 'abuse' } } });
  const { ended } = await eventually('the end of the workflow', () => runtime.executions().find(({ input, status }) => input.includes('"u#lena"') && status !== 'RUNNING'), 60_000);
  expect(ended?.output).toContain('suppressed');
  expect(runtime.mails().filter(({ to }) => to[0] === email)).toEqual([]);
  documents.destroy();
});

test('[D1] every port but that of the API refuses web pages and foreign names', async () => {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  const servers = handles.flatMap((handle) => (handle instanceof Server && handle.listening ? [handle.address() as AddressInfo] : []));
  expect(servers.map(({ address }) => address)).toEqual(servers.map(() => '127.0.0.1'));
  const urls = servers.map(({ port }) => `http://127.0.0.1:${port}`).filter((url) => url !== runtime.url);
  // DynamoDB, Kinesis, S3, two of SES, Step Functions, EventBridge, parameters, usage plans.
  expect(urls).toHaveLength(9);
  for (const url of urls) {
    for (const [how, headers] of Object.entries(foreignRequests)) expect({ how, status: (await rawRequest(url, headers, { method: 'POST', body: '{}' })).status }).toEqual({ how, status: 403 });
  }
});

describe('the port of the API', () => {
  const event = (key: string) => ({ path: `/beacon/v1/track?writeKey=${key}`, body: '{"anonymousId":"port","event":"page_viewed"}' });
  const api = () => [{ method: 'POST', path: '/v1/track', body: '{}' }, { method: 'POST', ...event(runtime.keys.web) }, ...['/u/x', '/s/x', '/r/x', '/_ses/open/x', '/nothing'].map((path) => ({ method: 'GET', path, body: '' }))];
  const pages = ['/', '/report', '/report.json', '/_segue/people.json', '/_segue/inbox.json', '/_segue/status.json', '/_segue/live'];
  const status = async (path: string, headers: Record<string, string>, sent: { method?: string; body?: string } = {}) => (await rawRequest(`${runtime.url}${path}`, headers, sent)).status;

  test('[D5] refuses foreign names on every route', async () => {
    for (const [how, { host }] of Object.entries(foreignRequests)) {
      if (host === undefined) continue;
      for (const { path, ...sent } of [...api(), ...pages.map((path) => ({ path, method: 'GET', body: '' }))]) expect({ how, path, status: await status(path, { host }, sent) }).toEqual({ how, path, status: 403 });
    }
  });

  test('[D5] takes events of a page of another site, and those sent to a name that the developer allows', async () => {
    const { path, body } = event(runtime.keys.web);
    for (const [how, headers] of Object.entries(foreignRequests)) if (headers.host === undefined) expect({ how, status: await status(path, headers, { method: 'POST', body }) }).toEqual({ how, status: 200 });
    for (const host of ['segue.tunnel.example', 'segue.tunnel.example:443']) expect(await status(path, { host }, { method: 'POST', body })).toBe(200);
  });

  test('[D2] shows keys and people to nobody but this machine, by an allowed name neither', async () => {
    for (const path of pages) {
      for (const [how, headers] of Object.entries({ ...foreignRequests, 'an allowed name': { host: 'segue.tunnel.example' } })) expect({ path, how, status: await status(path, headers) }).toEqual({ path, how, status: 403 });
    }
    expect(await status('/_segue/people.json', {})).toBe(200);
  });
});

test('[D3] nobody else on the machine can read what the runtime keeps', () => {
  expect(statSync(world.dataDir).mode & 0o077).toBe(0);
});

/** Everything that process-events has put aside so far, as the bucket's files hold it. */
function deadLetters(): { reason: string; data: string }[] {
  const files = readdirSync(world.dataDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('poison/'));
  return files.flatMap((name) => {
    try {
      const letter = JSON.parse(readFileSync(join(world.dataDir, name), 'utf8')) as { reason?: string; data?: string };
      // Beside each object lies what S3 knows of it.
      return letter.reason !== undefined && letter.data !== undefined ? [{ reason: letter.reason, data: letter.data }] : [];
    } catch {
      return [];
    }
  });
}

test('what cannot be processed is kept whole, and the rest goes on', async () => {
  const batch = [
    { type: 'track', userId: 'poison', event: 'email_opened' },
    { type: 'track', userId: 'healthy', event: 'purchase' },
  ];
  expect((await post('/v1/batch', { batch }, { authorization: basicAuth(runtime.keys.web) })).status).toBe(200);
  await person('u#healthy');
  const letter = await eventually('a dead letter', () => deadLetters().find(({ reason }) => reason.includes('email_opened')));
  expect(letter.reason).toBe('the event name email_opened is reserved');
  expect(JSON.parse(Buffer.from(letter.data, 'base64').toString())).toMatchObject({ event: { userId: 'poison' } });
});

describe('the proof of a deployment', () => {
  /** With two decimals, since scores fall from second to second. */
  const reportNow = async () => {
    const text = await (await fetch(`${runtime.url}/report.json`)).text();
    return reportData.parse(JSON.parse(text, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value)));
  };
  /** All items, but for what an erasure keeps so that nobody comes back (hashes of who is gone), and when the next email may go. */
  const allItems = async () => {
    const { documents, profilesTable, controlTable, sendsTable, close } = await findPersonTarget({ dataDir: world.dataDir }, config);
    const items: string[] = [];
    for (const TableName of [profilesTable, controlTable, sendsTable])
      for await (const { Items = [] } of paginateScan({ client: documents }, { TableName })) items.push(...Items.map((item) => JSON.stringify(item, (_, value: unknown) => (value instanceof Set ? [...value] : value))));
    close();
    return items.filter((item) => !/"userKey":"(erased#|erasure)|"kind":"send-rate"/.test(item)).toSorted();
  };

  test('npm run smoke uses all of it, says how long each step took, and leaves nothing behind', async () => {
    const before = { items: await allItems(), report: await reportNow(), letters: deadLetters().length };
    const smokeWorld = await findWorld({ dataDir: world.dataDir }, undefined, config, 'a1b2c3d4');
    const link = () => runtime.mails().flatMap(({ text = '', to }) => (String(to).startsWith('success+') ? [/http\S+\/u\/\S+/.exec(text)?.[0]] : []))[0];
    const results = await smoke(smokeWorld, { isQuick: false }, new AbortController().signal, () => undefined);
    const { links } = smokeWorld;
    smokeWorld.close();
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(results.map(({ step }) => step)).toEqual(['keys', 'routes', 'refusals', 'edges', 'profiles', 'campaign', 'emails', 'feedback', 'unsubscribe', 'second email', 'alarm', 'archive', 'clean up']);
    expect(results.every(({ seconds }) => seconds >= 0)).toBe(true);
    expect(links, 'the link that it followed is the one in the email').toEqual([link()]);
    expect((await allItems()).filter((item) => !before.items.includes(item))).toEqual([]);
    expect({ ...(await reportNow()), generatedAtMs: 0 }).toEqual({ ...before.report, generatedAtMs: 0 });
    expect(deadLetters()).toHaveLength(before.letters);
  }, 180_000);

  test('npm run doctor says ok of it, and of what it cannot see here that it is not available', async () => {
    const local = loadTemplate(inject('templateDir'));
    const context = await localContext(world.dataDir, async () => ({ template: JSON.parse(local.text) as Template, local, config, stage: defineStages({ dev: {} }).dev! }));
    const findings = await examine(firstChecks, otherChecks, context);
    closeClients(context.clients);
    expect(exitCodeOf(findings)).toBe(0);
    expect(findings.filter(({ status }) => status === 'ok').map(({ check }) => check)).toEqual(expect.arrayContaining(['version', 'clock', 'api', 'usage plans', 'write keys', 'stream', 'tables', 'workflows', 'campaigns', 'ses account']));
    // What this file has put aside before.
    expect(findings.filter(({ status }) => status === 'warning').map(({ check }) => check)).toEqual(deadLetters().length > 0 ? ['dead letters'] : []);
  }, 120_000);

  test('both name what is broken', async () => {
    const local = loadTemplate(inject('templateDir'));
    const template = JSON.parse(local.text) as Template;
    const shards = (id: string) => ({ ...template.Resources[id]!, Properties: { ...template.Resources[id]!.Properties, ShardCount: 2 } });
    const streamId = Object.keys(template.Resources).find((id) => template.Resources[id]!.Type === 'AWS::Kinesis::Stream')!;
    const other: Template = {
      ...template,
      Resources: { ...template.Resources, [streamId]: shards(streamId), Lost: { Type: 'AWS::DynamoDB::Table', Properties: {} }, Spring: { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 'segue-dev-spring' } } },
    };
    local.resources.Lost = { Type: 'AWS::DynamoDB::Table', Properties: {} };
    const context = await localContext(world.dataDir, async () => ({ template: other, local, config, stage: defineStages({ dev: {} }).dev! }));
    const results = await examine(firstChecks, otherChecks, context);
    closeClients(context.clients);
    expect(results.filter(({ status }) => status === 'wrong').map(({ check, says }) => `${check}: ${says}`)).toEqual([
      expect.stringMatching(/^version: 3 of \d+ resources are not what this folder would deploy/),
      expect.stringMatching(/^stream: segue-dev-events has 1 shard, and the stage asks for 2/),
      expect.stringMatching(/^tables: table Lost is gone/),
      expect.stringMatching(/^workflows: no state machine segue-dev-spring/),
    ]);

    const smokeWorld = await findWorld({ dataDir: world.dataDir }, undefined, config, 'b1b2b3b4');
    const { documents, controlTable } = smokeWorld.target;
    const state = createControlStore(documents, controlTable);
    await state.setCampaignState('smoke_test', 'stopped', Date.now());
    // An API in front of which somebody has put what says yes to everything.
    const yes = createServer((_request, response) => response.writeHead(200).end('{"success":true}')).listen(0, '127.0.0.1');
    await once(yes, 'listening');
    const real = smokeWorld.endpoint;
    const found = await smoke(smokeWorld, { isQuick: true }, new AbortController().signal, ({ step }) => {
      smokeWorld.endpoint = step === 'routes' ? `http://127.0.0.1:${(yes.address() as AddressInfo).port}` : real;
    });
    await documents.send(new DeleteCommand({ TableName: controlTable, Key: { kind: 'campaign', id: 'smoke_test' } }));
    smokeWorld.close();
    yes.close();
    expect(found.filter(({ status }) => status !== 'ok').map(({ step, says }) => `${step}: ${says}`)).toEqual([
      expect.stringMatching(/^refusals: no key was answered with 200 in place of 401/),
      expect.stringMatching(/^emails: the workflow of delivery ended without an email: SUCCEEDED .*"reason":"stopped"/),
      'feedback: needs emails',
      'unsubscribe: needs emails',
      'second email: needs feedback',
    ]);
  }, 120_000);
});

test('the report of the month is drawn of what all this has left in the tables', async () => {
  const [page, json] = await Promise.all(['/report', '/report.json'].map(async (path) => (await fetch(`${runtime.url}${path}`)).text()));
  const { conversions, segments, rfm, quality } = reportData.parse(JSON.parse(json as string));
  const known = await runtime.people();
  const peopleIn = (name: string) => known.filter(({ segment }) => segment === name).length;
  expect(segments.map(({ segment, atEnd }) => [segment, atEnd])).toEqual(segments.map(({ segment }) => [segment, peopleIn(segment)]));
  // c-batch and sdk-user; what a web key says of purchases counts for nothing.
  expect([peopleIn('recent_buyers'), conversions.count, rfm.reduce((sum, { people }) => sum + people, 0)]).toEqual([2, 2, 2]);
  expect(quality.deadLetters).toEqual({ unreadable: 1, failed: 0 });
  expect(page).toContain('Lantern Books: report of ');
  expect(page).toContain('The month is not over');
});

// Each of these once held up its shard for minutes, or for ever.
test('events that nobody can make sense of hold up nobody else', async () => {
  const web = { authorization: basicAuth(runtime.keys.web) };
  const product = (properties: object) => ({ userId: 'c-hostile', event: 'product_viewed', properties });
  const hostile: [path: string, body: string, headers?: Record<string, string>][] = [
    ...['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf', 'isPrototypeOf'].map((event): [string, string] => ['track', JSON.stringify({ userId: 'c-hostile', event })]),
    ['track', JSON.stringify({ userId: 'c-hostile', event: 'product_viewed', timestamp: '1970-01-21T00:00:00Z' })],
    ['identify', '{"userId":"c-hostile","traits":{"phone_id":175928847299117063}}'],
    ['identify', '{"userId":"c-hostile","traits":{"share":1e-200}}'],
    ['track', '{"userId":"c-hostile","event":"add_to_cart","properties":{"product_id":"dear","price":9007199254740993}}'],
    ['track', JSON.stringify(product({ product_id: 'constructor' }))],
    ...Array.from({ length: 20 }, (_, index): [string, string] => ['track', JSON.stringify({ userId: 'c-hostile', event: 'add_to_cart', properties: { product_id: `p${index}`, name: 'x'.repeat(30_000) } })]),
    ['track', '{"userId":"c-hostile","event":"purchase","properties":{"total":1e308}}', { authorization: basicAuth(runtime.keys.server) }],
  ];
  for (const [path, body, headers = web] of hostile) expect((await post(`/v1/${path}`, body, headers)).status, body.slice(0, 100)).toBe(200);
  const sentAtMs = Date.now();
  expect((await post('/v1/track', { userId: 'c-next', event: 'product_viewed', properties: { product_id: 'b1' } }, web)).status).toBe(200);
  await person('u#c-next');
  expect(Date.now() - sentAtMs).toBeLessThan(5000);
  // What can be counted of it is, and the one whose time is wrong lies among the dead letters, alone and with the reason.
  await person('u#c-hostile', ({ scores }) => (scores.engagement ?? 0) > 0);
  const reasons = () => deadLetters().map(({ reason }) => reason);
  await eventually('the dead letter', async () => reasons().some((reason) => /lies before 2000/.test(reason)) || undefined);
  expect(reasons().filter((reason) => /before 2000/.test(reason))).toHaveLength(1);
});
