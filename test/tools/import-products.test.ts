import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import { createAwsClients, type AwsClients } from '../../local/stack/aws-clients.ts';
import { startEmulators, type Emulators } from '../../local/stack/emulators.ts';
import { publishEndpoints } from '../../local/stack/endpoints.ts';
import { watchFeedFolder } from '../../local/feed-folder.ts';
import { ForeignHosts } from '../../tools/import/link-hosts.ts';
import { isProductImport, parseProductOptions } from '../../tools/import/product-options.ts';
import { tables } from '../support/dynamo.ts';
import { eventually } from '../support/eventually.ts';

const folder = mkdtempSync(join(tmpdir(), 'import-products-'));
const dataDir = join(folder, 'data');
let emulators: Emulators;
let clients: AwsClients;

beforeAll(async () => {
  emulators = await startEmulators(join(folder, 'emulators'), {}, []);
  clients = createAwsClients(emulators, 'eu-west-1');
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'clock.json'), '{"virtualMs":1790000000000}');
  const { dynamodbUrl, kinesisUrl, s3Url } = emulators;
  publishEndpoints(dataDir, { region: 'eu-west-1', url: 'http://127.0.0.1:1', dynamodbUrl, kinesisUrl, s3Url, statesUrl: kinesisUrl, stateMachineArnPrefix: 'arn:', streamName: 'events', deadLetterBucket: 'letters' });
  for (const Bucket of ['archivebucket', 'feeds']) await clients.s3.send(new CreateBucketCommand({ Bucket }));
  for (const [TableName, table] of [['StorageProfiles', tables.profiles], ['StorageControl', tables.control], ['StorageSends', tables.sends]] as const)
    await clients.dynamodb.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...table }));
});
afterAll(async () => {
  clients.close();
  await emulators.close();
  rmSync(folder, { recursive: true });
});

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
async function run(...args: string[]) {
  const child = spawn(process.execPath, ['tools/import.ts', ...args]);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

describe('npm run import -- --products', () => {
  test('checks in a dry run, imports, and says what it did', async () => {
    const path = file('feed.csv', 'id,title,price,image_link\nb1,One,5.00 EUR,https://cdn.example/1.png\nb2,Two,free,\n');
    const found = await run('--products', path, '--local', dataDir, '--dry-run');
    const warning = 'warning: 1 products have links or pictures on cdn.example, which emails leave out until sender.linkHosts in segue.config.ts names it';
    expect(found).toMatchObject({ code: 0, err: 'line 3, b2: price "free": must be like 15.00 USD\n' });
    expect(found.out).toBe(`${warning}\n2 items: 1 would be written, 0 are as they were, 0 would be withdrawn\n1 items cannot be used\n`);
    expect(existsSync(`${path}.rejected.jsonl`)).toBe(false);

    expect(await run('--products', path, '--local', dataDir)).toMatchObject({ code: 0, out: `${warning}\n2 items: 1 written, 0 as they were, 0 withdrawn; 1 write units\n1 items cannot be used: see ${path}.rejected.jsonl\n` });
    expect(JSON.parse(readFileSync(`${path}.rejected.jsonl`, 'utf8'))).toEqual({ line: 3, id: 'b2', problem: 'price "free": must be like 15.00 USD' });
    expect(await createControlStore(clients.documents, 'StorageControl').product('b1')).toMatchObject({ title: 'One', price: 5 });
  }, 30_000);

  test('fails for a file that is no feed', async () => {
    expect(await run('--products', file('page.xml', '<html></html>'), '--local', dataDir)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('import: the root element is <html>') });
  }, 30_000);
});

describe('its options', () => {
  test.each([
    [['--products', 'nowhere.xml'], '--products: nowhere.xml: there is no such file'],
    [['--products', '.'], '--products: .: is a folder'],
    [['--products', '-', 'more'], 'one file only: "more" is too much'],
    [['--products', '-', '--local', '--stage', 'prod'], '--local and --stage exclude each other'],
    [['--products', '-', '--keep-others', '--withdraw-most'], '--keep-others and --withdraw-most exclude each other'],
    [['--products', '-', '--encoding', 'klingon'], '--encoding: "klingon"'],
    [['--products', '-', '--rate', '5'], 'unknown option --rate'],
    [['--products'], '--products needs a value'],
  ])('%j are refused', (args, message) => expect(() => parseProductOptions(args)).toThrow(message));

  test('are understood', () => {
    expect([isProductImport(['--products', 'x']), isProductImport(['--products=x']), isProductImport(['products'])]).toEqual([true, true, false]);
    expect(parseProductOptions(['--products', '-', '--stage', 'prod', '--keep-others', '--encoding', 'latin1'])).toEqual({
      file: '-', keepsOthers: true, mayWithdrawMost: false, encoding: 'windows-1252', where: { stage: 'prod' }, isDryRun: false,
    });
    expect(parseProductOptions(['--products', 'x', '--help'])).toBe('help');
  });
});

test('hosts that emails may not lead to are counted', () => {
  const hosts = new ForeignHosts(['shop.example']);
  const look = (url?: string, image_url?: string) => hosts.look({ id: '1', details: { title: 't', available: true, ...(url && { url }), ...(image_url && { image_url }) } });
  look('https://shop.example/1', 'https://cdn.example/1.png');
  look('https://cdn.example/1', 'https://cdn.example/1.png');
  look();
  expect(hosts.warnings()).toEqual([expect.stringMatching(/^warning: 2 products .* cdn\.example,/)]);
});

test('a file in the data folder goes into the bucket and is imported, and again when it changes', async () => {
  const stop = new AbortController();
  const places = { folder: join(dataDir, 'products'), bucket: 'feeds', prefix: 'products/' };
  let imports = 0;
  const ended = watchFeedFolder({ ...places, s3: clients.s3, invoke: async () => void (imports += 1), warn: () => undefined, everyMs: 20 }, stop.signal);
  await eventually('the folder', () => existsSync(places.folder) || undefined);
  writeFileSync(join(places.folder, 'feed.csv'), 'id,title\n');
  await eventually('an import', () => imports === 1 || undefined);
  writeFileSync(join(places.folder, 'feed.csv'), 'id,title\n1,One\n');
  await eventually('another import', () => imports === 2 || undefined);
  stop.abort();
  await ended;
});
