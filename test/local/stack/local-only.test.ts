import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { startEmulators, type Emulators } from '../../../local/stack/emulators.ts';
import { refusalOfApi, refusalOfPage } from '../../../local/stack/local-only.ts';
import { ensurePrivateFolder } from '../../../local/storage/private-folder.ts';
import { foreignRequests, rawRequest } from '../../support/raw-request.ts';

const folder = mkdtempSync(join(tmpdir(), 'local-only-'));
let emulators: Emulators;

beforeAll(async () => {
  emulators = await startEmulators(folder, {}, ['bucket-1']);
});
afterAll(async () => {
  await emulators.close();
  rmSync(folder, { recursive: true });
});

const listTables = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'DynamoDB_20120810.ListTables',
  'x-amz-date': '20260101T000000Z',
  authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/eu/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};

describe('the ports of the emulators', () => {
  it.each(['dynamodbUrl', 'kinesisUrl', 's3Url', 'sesUrl'] as const)('[D1] %s refuses what a browser sends for any page', async (name) => {
    for (const [how, headers] of Object.entries(foreignRequests)) {
      const { status } = await rawRequest(emulators[name], { ...listTables, ...headers }, { method: 'POST', body: '{}' });
      expect({ how, status }).toEqual({ how, status: 403 });
    }
    const { status: preflight } = await rawRequest(emulators[name], { origin: 'https://evil.example', 'access-control-request-method': 'POST' }, { method: 'OPTIONS' });
    expect(preflight).toBe(403);
  });

  it('answers clients of this machine, by any of its names', async () => {
    const { host } = new URL(emulators.dynamodbUrl);
    for (const name of [host, host.replace('127.0.0.1', 'localhost'), host.replace('127.0.0.1', '[::1]')]) {
      expect(await rawRequest(emulators.dynamodbUrl, { ...listTables, host: name }, { method: 'POST', body: '{}' })).toEqual({ status: 200, body: '{"TableNames":[]}' });
    }
  });
});

describe('a page for the developer', () => {
  const refusal = (method: string, headers: Record<string, string>) => refusalOfPage({ method, headers: { host: '127.0.0.1:4000', ...headers } });

  it('[D2] refuses what pages of other sites fetch, embed or post', () => {
    for (const [how, headers] of Object.entries(foreignRequests)) expect({ how, refusal: refusal('GET', headers) }).toEqual({ how, refusal: expect.any(String) });
    expect(refusal('POST', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })).toBeDefined();
  });

  it('opens by its address, by a link, and for its own scripts and forms', () => {
    expect(refusal('GET', {})).toBeUndefined();
    expect(refusal('GET', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })).toBeUndefined();
    expect(refusal('GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })).toBeUndefined();
    expect(refusal('GET', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' })).toBeUndefined();
    expect(refusal('POST', { origin: 'http://127.0.0.1:4000', 'sec-fetch-site': 'same-origin' })).toBeUndefined();
  });
});

describe('the local API', () => {
  const refusal = (host: string | undefined, allowed: readonly string[] = [], more: Record<string, string> = {}) => refusalOfApi({ ...(host !== undefined && { host }), ...more }, allowed);

  it('[D5] refuses names that were made to lead here', () => {
    for (const { host } of Object.values(foreignRequests)) if (host !== undefined) for (const port of ['', ':4000']) expect({ host, refusal: refusal(host + port) }).toEqual({ host, refusal: expect.stringContaining('--allowed-host') });
    for (const host of [undefined, '', 'localhost.evil.example', 'evil.example:80:4000', '127.0.0.1@evil.example', '127.0.0.1:4000, evil.example', '[::1].evil.example', 'xlocalhost', '127.0.0.2']) expect({ host, refusal: refusal(host) }).toEqual({ host, refusal: expect.any(String) });
  });

  it('[D5] answers under the names that the developer allows, and no others', () => {
    const allowed = ['shop.tunnel.example', '.lan'];
    for (const host of ['shop.tunnel.example', 'SHOP.tunnel.example:443', 'desk.lan:4000', 'a.b.lan']) expect({ host, refusal: refusal(host, allowed) }).toEqual({ host, refusal: undefined });
    for (const host of ['tunnel.example', 'other.shop.tunnel.example', 'shop.tunnel.example.evil.example', 'evillan', 'lan', 'desk.lan.evil.example']) expect({ host, refusal: refusal(host, allowed) }).toEqual({ host, refusal: expect.any(String) });
  });

  it('takes events of pages of other sites, as it does on AWS', () => {
    for (const headers of Object.values(foreignRequests)) if (headers.host === undefined) expect(refusal('localhost:4000', [], headers)).toBeUndefined();
  });
});

/** What opens a port, and who says what it refuses. `listen` and `listenForData` are told apart in the next test. */
const ports = {
  'local/stack/emulators.ts': 'onlyLocal(server).listen(0, host, resolve)',
  'local/stack/http-server.ts': 'server.listen(port, host, resolve)',
  // Answers with what the benchmark made up, and is gone with it.
  'bench/canned-table.ts': "server.listen(0, '127.0.0.1', resolve)",
};
const root = join(import.meta.dirname, '../../..');
const sources = ['bench', 'bin', 'lambdas', 'lib', 'local', 'prove', 'tools'].flatMap((top) => readdirSync(join(root, top), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => `${top}/${name}`));
const linesWith = (pattern: RegExp) => sources.flatMap((file) => readFileSync(join(root, file), 'utf8').split('\n').filter((line) => pattern.test(line) && !/^import|^ \*|export (const|async function) listen/.test(line.trimEnd())).map((line) => `${file}: ${line.trim()}`));

test('[D1] [D2] [D5] no port is opened but these, each on this machine alone', () => {
  const opened = linesWith(/\.listen\((?!sessionId)/);
  expect(opened.map((line) => line.split(':')[0]).sort()).toEqual(Object.keys(ports).sort());
  for (const [file, call] of Object.entries(ports)) expect(opened.find((line) => line.startsWith(file))).toContain(call);
  // Pages and the API refuse by themselves, since they answer browsers; everything else holds data.
  expect(linesWith(/\blisten\((?!sessionId)/).filter((line) => !/\.listen\(/.test(line)).map((line) => line.split(':')[0]).sort()).toEqual(['local/runtime.ts', 'local/stack/emulators.ts', 'local/stack/emulators.ts', 'local/stack/emulators.ts', 'tools/preview/server.ts']);
});

test('[D3] data folders are readable by their owner alone, older ones too', () => {
  const data = join(folder, 'older');
  mkdirSync(data, { mode: 0o755 });
  ensurePrivateFolder(data);
  expect(statSync(data).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder).filter((name) => ['dynamodb', 'kinesis', 's3'].includes(name) && (statSync(join(folder, name)).mode & 0o077) !== 0)).toEqual([]);
});
