import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, expect, inject, test } from 'vitest';
import { basicAuth, createWorld, eventually } from '../support/runtime.ts';

const world = createWorld();
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
afterAll(() => world.end());

interface Served {
  child: ChildProcess;
  url: string;
  key: string;
  /** What it said on stderr. */
  problems(): string;
}

async function served(): Promise<Served> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../support/serve.ts'), world.dataDir, inject('templateDir'), '600'], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let problems = '';
  child.stderr?.on('data', (chunk: Buffer) => (problems += chunk.toString()));
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout! }), 'line'), once(child, 'close').then(() => Promise.reject(new Error(problems)))])) as [string];
  return { child, ...(JSON.parse(line) as { url: string; key: string }), problems: () => problems };
}

/** People put books into their carts and buy, without waiting for answers, until the signal has ended the process. @returns the orders that were accepted */
async function underLoad({ child, url, key }: Served, round: string, signal: NodeJS.Signals): Promise<string[]> {
  const accepted: string[] = [];
  const headers = { 'content-type': 'application/json', authorization: basicAuth(key) };
  const post = (path: string, body: object) => fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }).then(({ status }) => status === 200, () => false);
  const gone = once(child, 'exit');
  for (let count = 0; child.exitCode === null && child.signalCode === null && count < 2000; count += 1) {
    const [userId, order_id] = [`reader-${count % 25}`, `${round}-${count}`];
    void post('/v1/identify', { userId, traits: { email: `${userId}@reader.example`, marketing_consent: true } });
    void post('/v1/track', { userId: `${userId}-cart`, event: 'add_to_cart', properties: { product_id: 'b1', name: 'Emma', price: 9.9, currency: 'EUR' } });
    void post('/v1/track', { userId, event: 'purchase', messageId: order_id, properties: { order_id, total: 5, currency: 'EUR' } }).then((isTaken) => isTaken && accepted.push(order_id));
    if (count === 60) child.kill(signal);
    await sleep(15);
  }
  await gone;
  return accepted;
}

const executions = (): string[] => {
  const folder = join(world.dataDir, 'executions');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'));
};

test('SIGTERM and SIGKILL under load lose no accepted event and leave every workflow to go on', async () => {
  const first = await served();
  const orders = await underLoad(first, 'term', 'SIGTERM');
  // It ended by itself, in time, and gave back the folder.
  expect([first.child.exitCode, first.child.signalCode, first.problems()]).toEqual([0, null, '']);
  expect(['lock.json', 'endpoints.json'].map((name) => existsSync(join(world.dataDir, name)))).toEqual([false, false]);
  expect(orders.length).toBeGreaterThan(0);
  const begun = executions();
  expect(begun.filter((name) => readFileSync(join(world.dataDir, 'executions', name), 'utf8').includes('"status":"FAILED"'))).toEqual([]);

  // With workflows that are to go on, a start that fails ends by itself as well, and says why.
  const keys = join(world.dataDir, 'keys.json');
  const whole = readFileSync(keys, 'utf8');
  writeFileSync(keys, '');
  await expect(served()).rejects.toThrow(/keys\.json is empty\. Delete it, .*\n$/);
  writeFileSync(keys, whole);
  expect(existsSync(join(world.dataDir, 'lock.json'))).toBe(false);

  const second = await served();
  orders.push(...(await underLoad(second, 'kill', 'SIGKILL')));
  expect(second.child.signalCode).toBe('SIGKILL');

  const last = await world.start({ timeScale: 600 });
  const { dynamodbUrl } = JSON.parse(readFileSync(join(world.dataDir, 'endpoints.json'), 'utf8')) as { dynamodbUrl: string };
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: dynamodbUrl, region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } }));
  const { TableNames = [] } = await documents.send(new ListTablesCommand());
  const TableName = TableNames.find((name) => name.includes('Profiles'));
  const recorded = async () => {
    const found = new Set<string>();
    for await (const { Items = [] } of paginateScan({ client: documents }, { TableName })) for (const { orderId } of Items) if (orderId !== undefined) found.add(String(orderId));
    return found;
  };
  await eventually('every accepted order', async () => {
    const found = await recorded();
    return orders.every((order) => found.has(order)) || undefined;
  }, 60_000);
  documents.destroy();
  const running = new Map(last.executions().map(({ name, status }) => [name, status]));
  expect(begun.map((name) => name.split('/').at(-1)!.replace('.jsonl', '')).filter((name) => !running.has(name))).toEqual([]);
  expect([...running.values()].filter((status) => status === 'FAILED' || status === 'TIMED_OUT')).toEqual([]);
}, 240_000);
