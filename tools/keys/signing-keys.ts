import { PutCommand, UpdateCommand, paginateQuery, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { newSigningKey, type StoredSigningKey } from '../../lambdas/adapters/control-store.ts';

export interface ListedSigningKey extends Omit<StoredSigningKey, 'secret'> {
  /** True for the key that signs new links. The others only verify links of earlier emails. */
  signs: boolean;
}

/** All signing keys without their secrets, the oldest first. */
export async function listSigningKeys(client: DynamoDBDocumentClient, table: string): Promise<ListedSigningKey[]> {
  const pages = paginateQuery(
    { client },
    { TableName: table, ConsistentRead: true, KeyConditionExpression: 'kind = :kind', ExpressionAttributeValues: { ':kind': 'signing-key' } },
  );
  const items: StoredSigningKey[] = [];
  for await (const { Items = [] } of pages) items.push(...(Items as StoredSigningKey[]));
  const current = items.find(({ id }) => id === 'current')?.keyId;
  return items
    .filter(({ id }) => id !== 'current')
    .map(({ secret: _secret, ...key }) => ({ ...key, signs: key.keyId === current && key.revokedAtMs === undefined }))
    .sort((a, b) => (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0));
}

/**
 * Makes a key that signs from now on. Keys before it stay good for links in old emails.
 * @returns its id
 */
export async function rotateSigningKey(client: DynamoDBDocumentClient, table: string, nowMs: number): Promise<string> {
  const key = newSigningKey(nowMs);
  await client.send(new PutCommand({ TableName: table, Item: key }));
  // Written last, so that no send refers to a key that is not stored yet.
  await client.send(new PutCommand({ TableName: table, Item: { kind: 'signing-key', id: 'current', keyId: key.keyId } }));
  return key.keyId;
}

/**
 * Makes all links invalid that were signed with a key. When it is the one that signs, a new one takes over first.
 * @returns the id of the key that took over, if one did
 * @throws Error naming the keys that there are, when none has that id or it is revoked already
 */
export async function revokeSigningKey(client: DynamoDBDocumentClient, table: string, keyId: string, nowMs: number): Promise<string | undefined> {
  const keys = await listSigningKeys(client, table);
  const good = keys.filter(({ revokedAtMs }) => revokedAtMs === undefined);
  const found = good.find((key) => key.keyId === keyId);
  if (!found) throw new Error(`keyId ${JSON.stringify(keyId)}: no such signing key that is not revoked; there are ${good.map((key) => key.keyId).join(', ') || 'none'}`);
  const successor = found.signs ? await rotateSigningKey(client, table, nowMs) : undefined;
  await client.send(
    new UpdateCommand({ TableName: table, Key: { kind: 'signing-key', id: keyId }, UpdateExpression: 'SET revokedAtMs = :now', ExpressionAttributeValues: { ':now': nowMs } }),
  );
  return successor;
}
