import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { underGrants } from '../../../local/iam/guard.ts';
import { closeServer } from '../../../local/stack/emulators.ts';
import { listenForData } from '../../../local/stack/http-server.ts';
import { tables } from '../../support/dynamo.ts';

const keyed = { leadingKeys: ['opt-out', 'counter#*'], needsLeadingKey: true };
const grants = new Map([
  ['narrow', [{ actions: ['GetItem', 'PutItem', 'Query', 'BatchGetItem', 'Scan'].map((call) => `dynamodb:${call}`), resources: ['arn:aws:dynamodb:r:a:table/control'], ...keyed }]],
  ['careless', [{ actions: ['dynamodb:Scan', 'dynamodb:GetItem'], resources: ['arn:aws:dynamodb:r:a:table/control'], ...keyed, needsLeadingKey: false }]],
]);
const server = underGrants(dynalite({ createTableMs: 0 }), { grants, partitionKeyOf: (table) => (table === 'control' ? 'kind' : 'userKey') });
let url: string;
const clientOf = (accessKeyId: string) => DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: url, region: 'eu-west-1', credentials: { accessKeyId, secretAccessKey: 'x' } }));
/** `done`, or the name of the error. */
const outcome = (call: Promise<unknown>) => call.then(() => 'done', (error: Error) => error.name);

beforeAll(async () => {
  url = await listenForData(server);
  for (const name of ['control', 'profiles'] as const) await clientOf('developer').send(new CreateTableCommand({ TableName: name, BillingMode: 'PAY_PER_REQUEST', ...tables[name] }));
});
afterAll(() => closeServer(server));

describe('the local DynamoDB under the grants of a role', () => {
  it('[R1] takes calls on the kinds that are granted, and refuses others, tables and actions', async () => {
    const role = clientOf('narrow');
    const get = (kind: string) => outcome(role.send(new GetCommand({ TableName: 'control', Key: { kind, id: '1' } })));
    expect(await outcome(role.send(new PutCommand({ TableName: 'control', Item: { kind: 'opt-out', id: '1' } })))).toBe('done');
    expect([await get('opt-out'), await get('counter#2026-01#3'), await get('write-key'), await get('opt-out2'), await get('counter')]).toEqual(['done', 'done', 'AccessDeniedException', 'AccessDeniedException', 'AccessDeniedException']);
    expect(await outcome(role.send(new GetCommand({ TableName: 'profiles', Key: { userKey: 'u', part: 'p' } })))).toBe('AccessDeniedException');
    const query = (kind: string) => outcome(role.send(new QueryCommand({ TableName: 'control', KeyConditionExpression: '#k = :k', ExpressionAttributeNames: { '#k': 'kind' }, ExpressionAttributeValues: { ':k': kind } })));
    expect([await query('counter#1'), await query('write-key')]).toEqual(['done', 'AccessDeniedException']);
    const both = (...kinds: string[]) => outcome(role.send(new BatchGetCommand({ RequestItems: { control: { Keys: kinds.map((kind) => ({ kind, id: '1' })) } } })));
    expect([await both('opt-out', 'counter#1'), await both('opt-out', 'write-key')]).toEqual(['done', 'AccessDeniedException']);
  });

  it('[R1] refuses a scan, which names no key; without the second condition "for all values" would hold for it', async () => {
    expect(await outcome(clientOf('narrow').send(new ScanCommand({ TableName: 'control' })))).toBe('AccessDeniedException');
    expect(await outcome(clientOf('careless').send(new ScanCommand({ TableName: 'control' })))).toBe('done');
  });

  it('lets the developer do everything', async () => {
    expect(await outcome(clientOf('developer').send(new ScanCommand({ TableName: 'profiles' })))).toBe('done');
  });
});
