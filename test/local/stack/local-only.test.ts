import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { startEmulators, type Emulators } from '../../../local/stack/emulators.ts';
import { refusalOfPage } from '../../../local/stack/local-only.ts';
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

test('[D3] data folders are readable by their owner alone, older ones too', () => {
  const data = join(folder, 'older');
  mkdirSync(data, { mode: 0o755 });
  ensurePrivateFolder(data);
  expect(statSync(data).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder).filter((name) => ['dynamodb', 'kinesis', 's3'].includes(name) && (statSync(join(folder, name)).mode & 0o077) !== 0)).toEqual([]);
});
