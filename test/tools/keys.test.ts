import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import { createKeyRingStore, createSigningKeys } from '../../lambdas/adapters/signing-keys.ts';
import { signingKeysName } from '../../lambdas/schemas/signing-keys.ts';
import { createControlServer } from '../../local/api-gateway/control.ts';
import { openPlans } from '../../local/api-gateway/plans.ts';
import { closeServer } from '../../local/stack/emulators.ts';
import { listenForData } from '../../local/stack/http-server.ts';
import { createParameterServer } from '../../local/ssm/server.ts';
import { createResolver } from '../../local/step-functions/intrinsics.ts';
import { claimIn, readLink, signLink } from '../../lambdas/domain/links/tokens.ts';
import { startDynamo, tables } from '../support/dynamo.ts';

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let endpoint: string;
let parametersUrl: string;
const folder = mkdtempSync(join(tmpdir(), 'keys-'));
const parameters = createParameterServer(join(folder, 'parameters.json'));

/** API Gateway with the plans of two deployed stages. */
const planOf = (stage: string, source: string, rate: number) => ({
  Type: 'AWS::ApiGateway::UsagePlan',
  Properties: { UsagePlanName: `segue-${stage}-${source}-keys`, ApiStages: [{ ApiId: `api-${stage}`, Stage: stage }], Throttle: { RateLimit: rate, BurstLimit: 5 * rate }, Quota: { Limit: 1_000_000, Period: 'DAY' } },
});
const deployed = {
  DevWeb: planOf('dev', 'web', 20),
  DevServer: planOf('dev', 'server', 40),
  ProdWeb: planOf('prod', 'web', 80),
  Shared: { Type: 'AWS::ApiGateway::ApiKey', Properties: { Name: 'segue-dev-key-shared-web', Value: 'a'.repeat(64) } },
};
const plans = openPlans(createResolver({ stackName: 't', resources: deployed, parameters: {}, conditions: {}, mappings: {}, assetFolders: new Map() }, { region: 'eu-west-1', accountId: '0', apiUrl: 'http://x' }));
const gateway = createControlServer(plans);
let gatewayUrl: string;

beforeAll(async () => {
  dynamo = await startDynamo();
  const where = await dynamo.documents.config.endpoint?.();
  endpoint = `http://127.0.0.1:${where?.port}`;
  parametersUrl = await listenForData(parameters);
  gatewayUrl = await listenForData(gateway);
});
afterAll(async () => {
  await dynamo.stop();
  await closeServer(parameters);
  await closeServer(gateway);
  rmSync(folder, { recursive: true });
});

interface Outcome {
  code: number;
  out: string;
  err: string;
}

function keys(...args: string[]): Promise<Outcome> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_SSM: parametersUrl,
    AWS_ENDPOINT_URL_API_GATEWAY: gatewayUrl,
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
  expect((await keys('list', '--table', 'control')).out).toBe('no write keys\nno signing keys yet; the first email makes one');
});

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');
const limitsOf = (key: string) => plans.planOf(hashOf(key));

test('[C2] each key has an API key of its own in the plan of its source, or a plan of its own, and revoke takes both away', async () => {
  const usual = await keys('create', '--source', 'web', '--table', 'control');
  expect(usual.err).toContain('with the limits of web keys');
  expect(limitsOf(usual.out)).toMatchObject({ name: 'segue-dev-web-keys', throttle: { rateLimit: 20 } });
  const own = await keys('create', '--source', 'web', '--table', 'control', '--per-second', '2.5', '--per-day', '5000');
  const keyId = `web-${hashOf(own.out).slice(0, 8)}`;
  expect(own.err).toContain(`made ${keyId} in control, 2.5 a second, bursts of 13, 5,000 a day;`);
  expect(limitsOf(own.out)).toMatchObject({ name: `segue-dev-key-${keyId}`, throttle: { rateLimit: 2.5, burstLimit: 13 }, quota: { limit: 5000, period: 'DAY' }, apiStages: [{ apiId: 'api-dev', stage: 'dev' }] });
  // What was not asked for is as in the plan of the source.
  const daily = await keys('create', '--source', 'server', '--table', 'control', '--per-day', '10');
  expect(limitsOf(daily.out)).toMatchObject({ throttle: { rateLimit: 40, burstLimit: 200 }, quota: { limit: 10 } });
  // The authorizer names the API key by what the table holds.
  expect(await createControlStore(dynamo.documents, 'control').writeKey(hashOf(own.out))).toMatchObject({ usageKey: hashOf(own.out) });

  const list = (await keys('list', '--table', 'control')).out;
  expect(list).toMatch(new RegExp(`^${keyId}  web .* 2.5 a second, bursts of 13, 5,000 a day$`, 'm'));
  expect(list).toMatch(/ {2}limits of web keys$/m);

  for (const { out } of [usual, own, daily]) await keys('revoke', `${out.split('_')[0]}-${hashOf(out).slice(0, 8)}`, '--table', 'control');
  expect([limitsOf(usual.out), limitsOf(own.out), limitsOf(daily.out)]).toEqual([undefined, undefined, undefined]);
  expect(plans.plans().map(({ name }) => name).sort()).toEqual(['segue-dev-server-keys', 'segue-dev-web-keys', 'segue-prod-web-keys']);
  expect(plans.keys().map(({ name }) => name)).toEqual(['segue-dev-key-shared-web']);
});

test('[C2] a key from before there were limits is given its own, and other ones later', async () => {
  await dynamo.documents.send(new PutCommand({ TableName: 'control', Item: { kind: 'write-key', id: hashOf('web_old'), keyId: 'web-old00000', source: 'web', createdAtMs: 1 } }));
  expect((await keys('list', '--table', 'control')).out).toMatch(/^web-old00000 .*shares the limits of web keys with others \("limit web-old00000" gives it its own\)$/m);
  expect((await keys('limit', 'web-old00000', '--table', 'control')).out).toContain('web-old00000: the limits of web keys');
  expect(limitsOf('web_old')).toMatchObject({ name: 'segue-dev-web-keys' });
  expect((await keys('limit', 'web-old00000', '--table', 'control', '--per-second', '3')).out).toContain('3 a second, bursts of 15, 1,000,000 a day');
  expect(limitsOf('web_old')).toMatchObject({ name: 'segue-dev-key-web-old00000', throttle: { rateLimit: 3 } });
  expect((await keys('limit', 'web-old00000', '--table', 'control')).code).toBe(0);
  expect(limitsOf('web_old')).toMatchObject({ name: 'segue-dev-web-keys' });
  expect(plans.plans().some(({ name }) => name.includes('old'))).toBe(false);
  await keys('revoke', 'web-old00000', '--table', 'control');
});

test('release deletes what was made for a stage, and nothing of the stack or of another stage', async () => {
  await makeTable('Segue-prod-StorageControlRELEASE');
  const [dev, prod] = [await keys('create', '--source', 'web', '--table', 'control', '--per-second', '1'), await keys('create', '--source', 'web', '--table', 'Segue-prod-StorageControlRELEASE', '--stage', 'prod', '--per-second', '1')];
  expect((await keys('release')).out).toMatch(/^deleted 1 API key and 1 usage plan of dev;/);
  expect(limitsOf(dev.out)).toBeUndefined();
  expect(limitsOf(prod.out)).toMatchObject({ throttle: { rateLimit: 1 } });
  expect(plans.keys().map(({ name }) => name)).toContain('segue-dev-key-shared-web');
  await keys('release', '--stage', 'prod');
  await keys('revoke', `web-${hashOf(dev.out).slice(0, 8)}`, '--table', 'control');
  await dynamo.documents.send(new DeleteTableCommand({ TableName: 'Segue-prod-StorageControlRELEASE' }));
});

test('no key is made where its limits cannot be', async () => {
  expect(await keys('create', '--source', 'server', '--table', 'control', '--stage', 'prod')).toMatchObject({ code: 1, err: 'keys: no usage plan segue-prod-server-keys in this account and region: deploy stage prod with this version first' });
  expect((await keys('list', '--table', 'control')).out).toMatch(/^no write keys/);
});

/** The keys of a stage as a function sees them that has just started. */
const ringOf = (stage: string) => createKeyRingStore(new SSMClient({ endpoint: parametersUrl, region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } }), signingKeysName(stage));
const signingKeysOf = (stage: string) => createSigningKeys(ringOf(stage), Date.now);

test('a new signing key signs from now on, while the old one stays good for links in old emails', async () => {
  const list = async () => (await keys('list', '--table', 'control', '--stage', 'rotates')).out.split('\n').slice(1);
  const old = await signingKeysOf('rotates').signingKey();
  const link = signLink({ userKey: 'u#ana', topic: 'offers' }, old);
  const rotated = await keys('rotate-signing', '--stage', 'rotates');
  expect(rotated).toMatchObject({ code: 0, out: expect.stringMatching(/^[0-9a-f]{8} signs from now on/) });
  const next = await signingKeysOf('rotates').signingKey();
  expect(rotated.out.slice(0, 8)).toBe(next.keyId);
  expect(await claimIn(link, readLink, signingKeysOf('rotates'))).toEqual({ userKey: 'u#ana', topic: 'offers' });
  const lines = await list();
  expect(lines).toEqual([expect.stringMatching(new RegExp(`^${old.keyId}  signing key since 20\\S+Z, good for old emails$`)), expect.stringMatching(`${next.keyId}.*, signs now$`)]);
  expect(lines.join()).not.toContain(next.secret);
});

test('links of a revoked key are refused, with a warning, and another key signs', async () => {
  const leaked = await signingKeysOf('revokes').signingKey();
  const link = signLink({ userKey: 'u#ana', topic: 'offers' }, leaked);
  const revoked = await keys('revoke-signing', leaked.keyId, '--stage', 'revokes');
  expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining(`revoked ${leaked.keyId}`), err: expect.stringContaining(`WARNING: no link that ${leaked.keyId} has signed works any more`) });
  expect(await claimIn(link, readLink, signingKeysOf('revokes'))).toBeUndefined();
  const next = await signingKeysOf('revokes').signingKey();
  expect(revoked.out).toContain(`${next.keyId} signs from now on`);

  const unused = await keys('rotate-signing', '--stage', 'revokes');
  expect((await keys('revoke-signing', next.keyId, '--stage', 'revokes')).out).toBe(`revoked ${next.keyId}`);
  expect((await signingKeysOf('revokes').signingKey()).keyId).toBe(unused.out.slice(0, 8));
  expect(await keys('revoke-signing', next.keyId, '--stage', 'revokes')).toMatchObject({
    code: 1,
    err: `keys: keyId "${next.keyId}": no such signing key that is not revoked; there are ${unused.out.slice(0, 8)}`,
  });
});

test('signing keys of the control table of before are moved, and go on checking old links', async () => {
  await makeTable('moves');
  const old = { keyId: '0000abcd', secret: 'of an earlier version' };
  for (const Item of [{ kind: 'signing-key', id: 'current', keyId: old.keyId }, { kind: 'signing-key', id: old.keyId, ...old, createdAtMs: 1 }]) await dynamo.documents.send(new PutCommand({ TableName: 'moves', Item }));
  expect(await keys('move-signing', '--table', 'moves', '--stage', 'moves')).toMatchObject({ code: 0, out: 'moved 1 signing key to /segue/moves/signing-keys; 0000abcd signs' });
  expect(await signingKeysOf('moves').signingKey()).toEqual(old);
  const { Count } = await dynamo.documents.send(new QueryCommand({ TableName: 'moves', KeyConditionExpression: 'kind = :kind', ExpressionAttributeValues: { ':kind': 'signing-key' } }));
  expect(Count).toBe(0);
  expect((await keys('move-signing', '--table', 'moves', '--stage', 'moves')).out).toBe('no signing keys in moves');
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
  [['make'], 'command "make": must be create, limit, list, revoke, release, rotate-signing, revoke-signing, move-signing'],
  [[], 'command "": must be create, limit, list, revoke, release, rotate-signing, revoke-signing, move-signing'],
  [['create', '--table', 'control'], '--source "": must be web or server'],
  [['create', '--source', 'import', '--table', 'control'], '--source "import": must be web or server'],
  [['revoke', '--table', 'control'], 'revoke needs the id of a key'],
  [['limit', '--table', 'control'], 'limit needs the id of a key'],
  [['create', '--source', 'web', '--table', 'control', '--per-second', '0'], '--per-second "0": must be a number above 0, up to 10000'],
  [['create', '--source', 'web', '--table', 'control', '--per-second', ''], '--per-second "": must be a number above 0'],
  [['limit', 'web-1', '--table', 'control', '--per-day', '1.5'], '--per-day "1.5": must be a whole number from 1'],
  [['list', '--table', 'control', '--per-day', '1'], '--per-day: only create and limit take it'],
  [['revoke', 'web-00000000', '--table', 'control'], 'keyId "web-00000000": no such key; there are none'],
  [['revoke-signing'], 'revoke-signing needs the id of a key'],
  [['rotate-signing', 'now'], '"now": rotate-signing takes no such argument'],
  [['constructor'], 'command "constructor": must be create'],
  [['list', 'all', '--table', 'control'], '"all": list takes no such argument'],
  [['list', '--stage', 'nowhere'], 'stage "nowhere": no table in this account and region named Segue-nowhere-StorageControl'],
])('%j is refused: %s', async (args, message) => {
  expect(await keys(...args)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(message) });
});

test('--help lists the commands', async () => {
  expect(await keys('--help')).toMatchObject({ code: 0, out: expect.stringContaining('revoke <keyId>') });
});
