import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import { claimIn, readLink, signLink } from '../../lambdas/domain/links/tokens.ts';
import { startDynamo, tables } from '../support/dynamo.ts';

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let endpoint: string;

beforeAll(async () => {
  dynamo = await startDynamo();
  const where = await dynamo.documents.config.endpoint?.();
  endpoint = `http://127.0.0.1:${where?.port}`;
});
afterAll(() => dynamo.stop());

interface Outcome {
  code: number;
  out: string;
  err: string;
}

function keys(...args: string[]): Promise<Outcome> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ['tools/keys.ts', ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out: out.trim(), err: err.trim() }),
    );
  });
}

const makeTable = (TableName: string) =>
  dynamo.documents.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...tables.control }));

test('a created key is one that the authorizer finds, until it is revoked', async () => {
  const created = await keys('create', '--source', 'server', '--table', 'control');
  expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/^server_[\w-]{32}$/) });
  const hash = createHash('sha256').update(created.out).digest('hex');
  const control = createControlStore(dynamo.documents, 'control');
  const stored = await control.writeKey(hash);
  expect(stored).toMatchObject({ source: 'server', createdAtMs: expect.any(Number) });
  expect(JSON.stringify(stored)).not.toContain(created.out);
  const keyId = stored?.keyId ?? '';
  expect(created.err).toContain(keyId);
  expect((await keys('list', '--table', 'control')).out).toMatch(new RegExp(`^${keyId}  server  20`));

  expect(await keys('revoke', keyId, '--table', 'control')).toMatchObject({ code: 0, out: expect.stringContaining(`revoked ${keyId}`) });
  expect(await control.writeKey(hash)).toBeUndefined();
  expect((await keys('list', '--table', 'control')).out).toMatch(/^no write keys\n/);
});

test('a new signing key signs from now on, while the old one stays good for links in old emails', async () => {
  await makeTable('rotates');
  const control = createControlStore(dynamo.documents, 'rotates');
  const list = async () => (await keys('list', '--table', 'rotates')).out.split('\n').slice(1);
  expect(await list()).toEqual(['no signing keys yet; the first email makes one']);
  const old = await control.signingKey();
  const link = signLink({ userKey: 'u#ana', topic: 'offers' }, old);
  expect(await list()).toEqual([expect.stringMatching(new RegExp(`^${old.keyId}  signing key since 20\\S+Z, signs now$`))]);

  expect(await keys('rotate-signing', '--table', 'rotates')).toMatchObject({ code: 0, out: expect.stringMatching(/^[0-9a-f]{8} signs from now on/) });
  const next = await control.signingKey();
  expect(next.keyId).not.toBe(old.keyId);
  expect(await claimIn(link, readLink, control)).toEqual({ userKey: 'u#ana', topic: 'offers' });
  const lines = await list();
  expect(lines).toEqual([expect.stringMatching(`${old.keyId}.*, good for old emails$`), expect.stringMatching(`${next.keyId}.*, signs now$`)]);
  expect(lines.join()).not.toContain(next.secret);
});

test('links of a revoked key are refused, with a warning, and another key signs', async () => {
  await makeTable('revokes');
  const control = createControlStore(dynamo.documents, 'revokes');
  const leaked = await control.signingKey();
  const link = signLink({ userKey: 'u#ana', topic: 'offers' }, leaked);
  const revoked = await keys('revoke-signing', leaked.keyId, '--table', 'revokes');
  expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining(`revoked ${leaked.keyId}`), err: expect.stringContaining(`WARNING: no link that ${leaked.keyId} has signed works any more`) });
  expect(await claimIn(link, readLink, control)).toBeUndefined();
  const next = await control.signingKey();
  expect(revoked.out).toContain(`${next.keyId} signs from now on`);
  expect((await keys('list', '--table', 'revokes')).out).toMatch(new RegExp(`${leaked.keyId} .*, revoked 20`));

  const unused = await keys('rotate-signing', '--table', 'revokes');
  expect((await keys('revoke-signing', next.keyId, '--table', 'revokes')).out).toBe(`revoked ${next.keyId}`);
  expect((await control.signingKey()).keyId).toBe(unused.out.slice(0, 8));
  expect(await keys('revoke-signing', next.keyId, '--table', 'revokes')).toMatchObject({
    code: 1,
    err: `keys: keyId "${next.keyId}": no such signing key that is not revoked; there are ${unused.out.slice(0, 8)}`,
  });
});

test('a key that signs and is revoked by other means is replaced once, at the next send', async () => {
  await makeTable('replaces');
  const control = createControlStore(dynamo.documents, 'replaces');
  const { keyId } = await control.signingKey();
  await dynamo.documents.send(new UpdateCommand({ TableName: 'replaces', Key: { kind: 'signing-key', id: keyId }, UpdateExpression: 'SET revokedAtMs = :at', ExpressionAttributeValues: { ':at': 1 } }));
  const next = await control.signingKey();
  expect(next.keyId).not.toBe(keyId);
  expect(await control.signingKey()).toEqual(next);
});

test('the table of a stage is found by its name among more tables than one answer lists, and not that of another stage', async () => {
  for (let count = 0; count < 100; count += 1) await makeTable(`Another-${count}`);
  await makeTable('Segue-prod-StorageControl7DAE7CF5-1XYZ');
  await makeTable('Segue-prod2-StorageControl7DAE7CF5-1XYZ');
  const created = await keys('create', '--source', 'web', '--stage', 'prod');
  expect(created.err).toContain('in Segue-prod-StorageControl7DAE7CF5-1XYZ');
  expect((await keys('list', '--stage', 'prod2')).out).toMatch(/^no write keys\n/);
});

test('two tables of one stage are not guessed between', async () => {
  await makeTable('Segue-twice-StorageControl7DAE7CF5-1AAA');
  await makeTable('Segue-twice-StorageControl7DAE7CF5-1BBB');
  expect(await keys('list', '--stage', 'twice')).toMatchObject({
    code: 1,
    err: expect.stringContaining('1AAA, Segue-twice-StorageControl7DAE7CF5-1BBB'),
  });
});

test.each([
  [['make'], 'command "make": must be create, list, revoke, rotate-signing, revoke-signing'],
  [[], 'command "": must be create, list, revoke, rotate-signing, revoke-signing'],
  [['create', '--table', 'control'], '--source "": must be web or server'],
  [['create', '--source', 'import', '--table', 'control'], '--source "import": must be web or server'],
  [['revoke', '--table', 'control'], 'revoke needs the id of a key'],
  [['revoke', 'web-00000000', '--table', 'control'], 'keyId "web-00000000": no such key; there are none'],
  [['revoke-signing', '--table', 'control'], 'revoke-signing needs the id of a key'],
  [['rotate-signing', 'now', '--table', 'control'], '"now": rotate-signing takes no such argument'],
  [['constructor'], 'command "constructor": must be create'],
  [['list', 'all', '--table', 'control'], '"all": list takes no such argument'],
  [['list', '--stage', 'nowhere'], 'stage "nowhere": no table in this account and region named Segue-nowhere-StorageControl'],
])('%j is refused: %s', async (args, message) => {
  expect(await keys(...args)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(message) });
});

test('--help lists the commands', async () => {
  expect(await keys('--help')).toMatchObject({ code: 0, out: expect.stringContaining('revoke <keyId>') });
});
