import { execFile, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { createInboxStore } from '../../lambdas/adapters/mail/inbox-store.ts';
import { addressHash } from '../../lambdas/domain/emails/address.ts';
import { createDeadLetters } from '../../lambdas/adapters/dead-letters.ts';
import { createProfileStore } from '../../lambdas/adapters/profiles/store.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import type { Runtime } from '../../local/runtime.ts';
import { keysOf, readObject } from '../../tools/person/objects.ts';
import { createArchiveFiles } from '../../tools/replay/archive-files.ts';
import { replay } from '../../tools/replay/run.ts';
import { createTail } from '../../tools/replay/stream-tail.ts';
import { localTarget } from '../../tools/replay/target.ts';
import { configWith, momentAt } from '../support/events.ts';
import { basicAuth, createWorld, eventually } from '../support/runtime.ts';

const world = createWorld();
afterAll(() => world.end());

const root = join(import.meta.dirname, '../..');
const run = (name: string, args: string[]) =>
  promisify(execFile)(process.execPath, [`tools/${name}.ts`, ...args, `--local=${world.dataDir}`], { cwd: root });
const tool = (...args: string[]) => run('replay', args);

let runtime: Runtime;
beforeAll(async () => {
  runtime = await world.start();
}, 90_000);
const send = (path: string, body: object) =>
  fetch(`${runtime.url}/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: basicAuth(runtime.keys.server) },
    body: JSON.stringify(body),
  });

test('profiles are rebuilt from the archive while Segue runs, without a workflow or an email', async () => {
  const segment = async () => (await runtime.people()).find(({ userKey }) => userKey === 'u#ana')?.segment;
  const seen = (id: string, more: object) => send('track', { event: 'product_viewed', properties: { product_id: id }, ...more });

  await seen('b1', { anonymousId: 'd1' });
  await seen('b2', { anonymousId: 'd1' });
  await send('identify', { userId: 'ana', anonymousId: 'd1', traits: { email: 'ana@reader.example', marketing_consent: true } });
  await seen('b3', { userId: 'ana' });
  await send('track', { userId: 'ana', event: 'add_to_cart', properties: { product_id: 'b3', name: 'Emma' } });
  await eventually('a segment', async () => ((await segment()) === 'engaged_browsers' ? true : undefined));
  await eventually('a workflow', () => runtime.executions()[0]);

  const target = await localTarget(world.dataDir);
  const archive = createArchiveFiles(target.s3, target.archiveBucket);
  await eventually('the archive', async () => {
    let count = 0;
    for await (const _record of archive.records()) count += 1;
    return count >= 5 ? true : undefined;
  });
  const { Contents = [] } = await target.s3.send(new ListObjectsV2Command({ Bucket: target.archiveBucket }));
  expect(Contents[0]?.Key).toMatch(/^events\/\d{4}\/\d\d\/\d\d\/\d\d\/\d{56}-\d{56}-shardId-\d{12}\.gz$/);

  const plan = compilePlan(configWith({ segments: [{ name: 'viewers', title: 'Viewers', when: { did: 'product_viewed', atLeast: 3 } }] }));
  const summary = await replay({
    plan,
    archive,
    tail: createTail(target.kinesis, target.streamName),
    store: createProfileStore(target.documents, target.profilesTable),
    moment: momentAt(target.nowMs, plan),
    isDryRun: false,
    tableWasLost: false,
    onProgress: () => {},
  });
  expect(summary).toMatchObject({
    events: 5,
    rebuilt: 1,
    busy: 0,
    olderThanArchive: 0,
    expired: 0,
    moves: new Map([['engaged_browsers -> viewers', 1]]),
  });
  expect(await segment()).toBe('viewers');

  // Back to the rules of the project, by the command.
  expect((await tool('--dry-run')).stdout).toMatch(/profiles to rebuild +1\n[^]*viewers -> engaged_browsers +1\n/);
  expect(await segment()).toBe('viewers');
  expect((await tool('--yes')).stdout).toMatch(/profiles rebuilt +1\n/);
  expect(await segment()).toBe('engaged_browsers');
  expect(runtime.executions()).toHaveLength(1);
  expect(runtime.mails()).toEqual([]);

  await send('track', { userId: 'ana', event: 'purchase', properties: { product_id: 'b3' } });
  await eventually('what happens afterwards', async () => ((await segment()) === 'recent_buyers' ? true : undefined));
  await eventually('the end of the workflow', () => runtime.executions().find(({ status }) => status === 'ABORTED'));
}, 90_000);

test('[P1] [P2] [P3] [P4] [P5] a person is erased from tables, archive and dead letters, and stays so until the shop says otherwise', async () => {
  const target = await localTarget(world.dataDir);
  const { documents, s3, profilesTable, controlTable, sendsTable, archiveBucket, deadLetterBucket } = target;
  const archiveText = async () => {
    const texts: string[] = [];
    for (const bucket of [archiveBucket, deadLetterBucket])
      for await (const key of keysOf(s3, bucket, undefined)) {
        const bytes = (await readObject(s3, bucket, key)) as Buffer;
        const text = key.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString();
        texts.push(text, ...[...text.matchAll(/"data":"([^"]+)"/g)].map(([, data = '']) => Buffer.from(data, 'base64').toString()));
      }
    return texts.join('\n');
  };
  const everything = async () => {
    const items: unknown[] = [];
    for (const TableName of [profilesTable, controlTable, sendsTable])
      for await (const { Items = [] } of paginateScan({ client: documents }, { TableName })) items.push(...Items);
    return `${JSON.stringify(items)}\n${await archiveText()}`;
  };
  const marks = /"ana"|u#ana|ana@reader\.example|"d1"|a#d1/g;
  const isThere = async (userKey: string) => (await runtime.people()).some((person) => person.userKey === userKey);

  await send('identify', { userId: 'ana', traits: { email: 'Ana@reader.example ', marketing_consent: true } });
  await send('track', { userId: 'ana', event: 'add_to_cart', properties: { product_id: 'b9', name: 'Silas Marner', cart_id: 'another' } });
  await send('identify', { userId: 'ben', anonymousId: 'd2', traits: { email: 'ben@reader.example', marketing_consent: true } });
  await eventually('ben', async () => (await isThere('u#ben')) || undefined);
  await eventually('a workflow', () => runtime.executions().find(({ status }) => status === 'RUNNING'));
  await createInboxStore(documents, controlTable).suppress(addressHash('ana@reader.example'), 'complaint', 0);
  const letters = createDeadLetters(s3, deadLetterBucket);
  for (const userId of ['ana', 'ben']) {
    const data = Buffer.from(JSON.stringify({ event: { userId, broken: true } })).toString('base64');
    await letters.store({ reason: 'test', sequenceNumber: userId, partitionKey: userId, data, storedAtMs: 0 });
  }
  await eventually('the archive', async () => /"ben"/.test(await archiveText()) && /Silas/.test(await archiveText()));
  expect((await everything()).match(marks)?.length).toBeGreaterThan(10);

  const { stdout } = await run('person', ['export', 'ana@reader.example']);
  const all = JSON.parse(stdout) as Record<string, unknown[]>;
  expect(all.keys).toEqual(expect.arrayContaining(['u#ana', 'a#d1']));
  expect([all.profiles!.length, all.archive!.length, all.deadLetters!.length].map((count) => count > 0)).toEqual([true, true, true]);
  expect(stdout).toContain('Silas Marner');
  expect(stdout).not.toContain('ben@reader.example');

  // The operator's machine goes down in the middle of it.
  const killed = spawn(process.execPath, ['tools/person.ts', 'erase', 'ana@reader.example', `--local=${world.dataDir}`], { cwd: root });
  await eventually('the beginning', async () => /"part":"tombstone"/.test(await everything()));
  killed.kill('SIGKILL');
  const erased = await run('person', ['erase', 'ana@reader.example']);
  expect(erased.stdout).toMatch(/erased, under the hash [0-9a-f]{16}:\n[^]*archived events\n[^]*dead letters/);
  // The end of the stopped workflow must not bring the person's id into the archive again.
  const logText = () => readdirSync(join(world.dataDir, 'logs')).map((name) => readFileSync(join(world.dataDir, 'logs', name), 'utf8')).join('\n');
  await eventually('the end of the workflow', () => /workflow of an erased person ended/.test(logText()) || undefined);
  const left = await everything();
  expect([...new Set(left.match(marks))]).toEqual([]);
  const logs = logText();
  expect(logs).toContain('"stage":"process-events"');
  expect(logs.match(marks) ?? []).toEqual([]);
  expect(left).toMatch(/"ben"[^]*ben@reader\.example/);
  for (const action of ['export', 'erase']) expect(left).toMatch(new RegExp(`"kind":"audit"[^}]*"action":"${action}"|"action":"${action}"[^}]*"kind":"audit"`));
  expect((await createInboxStore(documents, controlTable).read(addressHash('ana@reader.example'), [])).suppressed).toBe(true);

  // Late events, a device that comes back, and a replay bring nobody back.
  await send('track', { userId: 'ana', anonymousId: 'd1', event: 'product_viewed', properties: { product_id: 'b1' } });
  await send('track', { anonymousId: 'd1', event: 'product_viewed', properties: { product_id: 'b2' } });
  await send('identify', { userId: 'ana', traits: { first_name: 'Ana' } });
  await send('identify', { userId: 'carl', traits: { email: 'carl@reader.example' } });
  await eventually('carl', async () => (await isThere('u#carl')) || undefined);
  expect([await isThere('u#ana'), await isThere('a#d1')]).toEqual([false, false]);
  await eventually('the archive', async () => /"carl"/.test(await archiveText()));
  await tool('--yes');
  expect([await isThere('u#ana'), await isThere('u#ben')]).toEqual([false, true]);

  await send('identify', { userId: 'ana', traits: { email: 'ana@reader.example', marketing_consent: true } });
  await eventually('ana', async () => (await isThere('u#ana')) || undefined);
  const [profile] = (await createProfileStore(documents, profilesTable).loadMany([{ userKey: 'u#ana', withContent: true }])).values();
  expect(profile?.content?.traits).not.toHaveProperty('first_name');
}, 180_000);
