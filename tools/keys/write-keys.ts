import { randomBytes } from 'node:crypto';
import { ListTablesCommand, type ListTablesCommandOutput } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, PutCommand, UpdateCommand, paginateQuery, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { WriteKey } from '../../lambdas/adapters/control-store.ts';
import { writeKeyHash } from '../../lambdas/domain/hash.ts';
import type { KeyLimits } from '../../lambdas/schemas/key-limits.ts';

/** A write key as the control table holds it: `id` is the SHA-256 of the key, in hexadecimal. */
export interface StoredKey extends WriteKey {
  id: string;
  createdAtMs: number;
  /** Its own; without them, those of its source in the stage hold. */
  limits?: KeyLimits;
}

/** A new write key, not stored yet. `key` itself is shown once, and nobody can read it again. */
export function newWriteKey(source: WriteKey['source'], nowMs: number): { key: string; stored: StoredKey & { usageKey: string } } {
  const key = `${source}_${randomBytes(24).toString('base64url')}`;
  const id = writeKeyHash(key);
  // API Gateway takes letters and digits alone as the value of an API key, each once in an account and region: the hash is both, and opens nothing.
  return { key, stored: { id, keyId: `${source}-${id.slice(0, 8)}`, source, createdAtMs: nowMs, usageKey: id } };
}

export async function saveWriteKey(client: DynamoDBDocumentClient, table: string, key: StoredKey): Promise<void> {
  await client.send(new PutCommand({ TableName: table, Item: { kind: 'write-key', ...key } }));
}

/** Notes for which API key a write key counts, and its limits where they are its own. */
export async function saveLimits(client: DynamoDBDocumentClient, table: string, id: string, usageKey: string, limits: KeyLimits | undefined): Promise<void> {
  const expression = limits ? 'SET usageKey = :usageKey, limits = :limits' : 'SET usageKey = :usageKey REMOVE limits';
  const values = { ':usageKey': usageKey, ...(limits && { ':limits': limits }) };
  await client.send(new UpdateCommand({ TableName: table, Key: { kind: 'write-key', id }, UpdateExpression: expression, ConditionExpression: 'attribute_exists(id)', ExpressionAttributeValues: values }));
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
export async function findWriteKey(client: DynamoDBDocumentClient, table: string, keyId: string): Promise<StoredKey> {
  const keys = await listWriteKeys(client, table);
  const found = keys.find((key) => key.keyId === keyId);
  if (!found)
    throw new Error(`keyId ${JSON.stringify(keyId)}: no such key; there are ${keys.map((key) => key.keyId).join(', ') || 'none'}`);
  return found;
}

export async function deleteWriteKey(client: DynamoDBDocumentClient, table: string, { id }: StoredKey): Promise<void> {
  await client.send(new DeleteCommand({ TableName: table, Key: { kind: 'write-key', id } }));
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
