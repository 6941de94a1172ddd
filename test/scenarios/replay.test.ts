import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, expect, test } from 'vitest';
import { createProfileStore } from '../../lambdas/adapters/profiles/store.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { createArchiveFiles } from '../../tools/replay/archive-files.ts';
import { replay } from '../../tools/replay/run.ts';
import { createTail } from '../../tools/replay/stream-tail.ts';
import { localTarget } from '../../tools/replay/target.ts';
import { configWith, momentAt } from '../support/events.ts';
import { basicAuth, createWorld, eventually } from '../support/runtime.ts';

const world = createWorld();
afterAll(() => world.end());

const root = join(import.meta.dirname, '../..');
const tool = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['tools/replay.ts', '--local', world.dataDir, ...args], { cwd: root });

test('profiles are rebuilt from the archive while Segue runs, without a workflow or an email', async () => {
  const runtime = await world.start();
  const send = (path: string, body: object) =>
    fetch(`${runtime.url}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: basicAuth(runtime.keys.server) },
      body: JSON.stringify(body),
    });
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
  expect(Contents[0]?.Key).toMatch(/^events\/\d{4}\/\d\d\/\d\d\/\d\d\/segue-dev-archive-1-.*\.gz$/);

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
