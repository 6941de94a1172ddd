import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { GetCommand, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResolver } from '../../../local/step-functions/intrinsics.ts';
import { ensureKeys } from '../../../local/stack/keys.ts';
import { provision } from '../../../local/stack/provision.ts';
import { deleteExpired, expiringTables } from '../../../local/storage/ttl.ts';
import { startEmulatorWorld, type EmulatorWorld } from '../../support/emulators.ts';

const table = (keys: string[], extra: object = {}) => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    ...extra,
  },
});
const index = { IndexName: 'due', KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], Projection: { ProjectionType: 'KEYS_ONLY' } };
const resolverOf = (resources: Record<string, { Type: string; Properties: Record<string, unknown> }>) =>
  createResolver(
    { stackName: 't', resources, parameters: {}, conditions: {}, mappings: {}, assetFolders: new Map() },
    { region: 'eu-west-1', accountId: '000000000000', apiUrl: '' },
  );
const resolver = resolverOf({
  Control: table(['kind', 'id'], {
    TimeToLiveSpecification: { AttributeName: 'expiresAtS', Enabled: true },
    GlobalSecondaryIndexes: [index],
  }),
  Events: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'events', ShardCount: 2, RetentionPeriodHours: 48 } },
});

let world: EmulatorWorld;
const setUp = (of = resolver) => provision(of, world.clients.dynamodb, world.clients.kinesis);
beforeAll(async () => {
  world = await startEmulatorWorld();
  await setUp();
});
afterAll(() => world.end());

describe('tables and streams', () => {
  it('are made as the template says, and left alone the next time', async () => {
    await world.clients.documents.send(new PutCommand({ TableName: 'Control', Item: { kind: 'x', id: '1' } }));
    await setUp();
    const { Items } = await world.clients.documents.send(
      new QueryCommand({
        TableName: 'Control',
        IndexName: 'due',
        KeyConditionExpression: 'id = :id',
        ExpressionAttributeValues: { ':id': '1' },
      }),
    );
    expect(Items).toEqual([{ kind: 'x', id: '1' }]);
    const { StreamDescriptionSummary } = await world.clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'events' }));
    expect(StreamDescriptionSummary).toMatchObject({ OpenShardCount: 2, RetentionPeriodHours: 48 });
  });

  it('are not used when their keys have changed', async () => {
    await expect(setUp(resolverOf({ Control: table(['kind', 'other']) }))).rejects.toThrow('table Control');
  });
});

describe('expiry', () => {
  it('deletes what is past its time, and nothing else', async () => {
    const nowMs = Date.parse('2026-01-01T00:00:00Z');
    const put = (id: string, expiresAtS?: number) =>
      world.clients.documents.send(new PutCommand({ TableName: 'Control', Item: { kind: 'ttl', id, expiresAtS } }));
    await put('past', nowMs / 1000 - 1);
    await put('now', nowMs / 1000);
    await put('later', nowMs / 1000 + 1);
    await put('never');
    expect(await deleteExpired(expiringTables(resolver)[0]!, world.clients.documents, nowMs)).toBe(1);
    const { Items = [] } = await world.clients.documents.send(new ScanCommand({ TableName: 'Control' }));
    expect(
      Items.filter(({ kind }) => kind === 'ttl')
        .map(({ id }) => String(id))
        .sort(),
    ).toEqual(['later', 'never', 'now']);
  });
});

describe('write keys', () => {
  it('are made once; the table has only their hashes, and only the user may read them', async () => {
    const file = join(world.folder, 'keys.json');
    const keys = await ensureKeys(file, world.clients.documents, 'Control', 5);
    expect(await ensureKeys(file, world.clients.documents, 'Control', 6)).toEqual(keys);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { Items = [] } = await world.clients.documents.send(new ScanCommand({ TableName: 'Control' }));
    const stored = Items.filter(({ kind }) => kind === 'write-key');
    expect(stored.map(({ source, createdAtMs }) => [source, createdAtMs]).sort()).toEqual([
      ['server', 5],
      ['web', 5],
    ]);
    expect(JSON.stringify(stored)).not.toContain(keys.server);
    const hash = await crypto.subtle.digest('SHA-256', Buffer.from(keys.server));
    const { Item } = await world.clients.documents.send(
      new GetCommand({ TableName: 'Control', Key: { kind: 'write-key', id: Buffer.from(hash).toString('hex') } }),
    );
    expect(Item).toMatchObject({ source: 'server', keyId: 'local-server' });
  });
});
