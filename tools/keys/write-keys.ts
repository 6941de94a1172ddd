import { randomBytes } from 'node:crypto';
import { ListTablesCommand, type ListTablesCommandOutput } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, PutCommand, paginateQuery, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { WriteKey } from '../../lambdas/adapters/control-store.ts';
import { writeKeyHash } from '../../lambdas/domain/hash.ts';

export const keySources = ['web', 'server'] as const satisfies readonly WriteKey['source'][];

/** A write key as the control table holds it: `id` is the SHA-256 of the key, in hexadecimal. */
export interface StoredKey extends WriteKey {
  id: string;
  createdAtMs: number;
}

/**
 * Makes a write key and stores its hash.
 * @returns the key itself, which nobody can read again
 */
export async function createWriteKey(
  client: DynamoDBDocumentClient,
  table: string,
  source: WriteKey['source'],
  nowMs: number,
): Promise<{ key: string; keyId: string }> {
  const key = `${source}_${randomBytes(24).toString('base64url')}`;
  const id = writeKeyHash(key);
  const keyId = `${source}-${id.slice(0, 8)}`;
  await client.send(new PutCommand({ TableName: table, Item: { kind: 'write-key', id, keyId, source, createdAtMs: nowMs } }));
  return { key, keyId };
}

/** All write keys, the oldest first. */
export async function listWriteKeys(client: DynamoDBDocumentClient, table: string): Promise<StoredKey[]> {
  const pages = paginateQuery(
    { client },
    { TableName: table, KeyConditionExpression: 'kind = :kind', ExpressionAttributeValues: { ':kind': 'write-key' } },
  );
  const keys: StoredKey[] = [];
  for await (const { Items = [] } of pages) keys.push(...(Items as StoredKey[]));
  return keys.sort((a, b) => a.createdAtMs - b.createdAtMs);
}

/** @throws Error naming the keys that there are, when none has that id */
export async function revokeWriteKey(client: DynamoDBDocumentClient, table: string, keyId: string): Promise<void> {
  const keys = await listWriteKeys(client, table);
  const found = keys.find((key) => key.keyId === keyId);
  if (!found)
    throw new Error(`keyId ${JSON.stringify(keyId)}: no such key; there are ${keys.map((key) => key.keyId).join(', ') || 'none'}`);
  await client.send(new DeleteCommand({ TableName: table, Key: { kind: 'write-key', id: found.id } }));
}

/**
 * Finds a stage's control table by the name that CloudFormation made for it.
 * @throws Error when there is none, or when an earlier stack of the stage left one behind
 */
export async function controlTableOf(client: DynamoDBDocumentClient, stage: string): Promise<string> {
  const prefix = `Segue-${stage}-StorageControl`;
  const found: string[] = [];
  let page: ListTablesCommandOutput | undefined;
  do {
    page = await client.send(new ListTablesCommand({ ExclusiveStartTableName: page?.LastEvaluatedTableName }));
    found.push(...(page.TableNames ?? []).filter((name) => name.startsWith(prefix)));
  } while (page.LastEvaluatedTableName !== undefined);
  if (found.length === 1) return found[0] as string;
  const problem = found.length === 0 ? 'no table in this account and region' : `several tables (${found.join(', ')})`;
  throw new Error(`stage ${JSON.stringify(stage)}: ${problem} named ${prefix}...; give the stack's output ControlTable with --table`);
}
