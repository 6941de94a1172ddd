import { DeleteCommand, paginateQuery, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { newSigningKey, withNewKey, type KeyRingStore, type StoredSigningKey } from '../../lambdas/adapters/signing-keys.ts';

export interface ListedSigningKey extends Omit<StoredSigningKey, 'secret'> {
  /** True for the key that signs new links. The others only verify links of earlier emails. */
  signs: boolean;
}

/** All signing keys without their secrets, the oldest first. */
export async function listSigningKeys(store: KeyRingStore): Promise<ListedSigningKey[]> {
  const ring = await store.read();
  return (ring?.keys ?? [])
    .map(({ secret: _secret, ...key }) => ({ ...key, signs: key.keyId === ring?.current && key.revokedAtMs === undefined }))
    .sort((a, b) => a.createdAtMs - b.createdAtMs);
}

/**
 * Makes a key that signs from now on. Keys before it stay good for links in old emails.
 * @returns its id
 */
export async function rotateSigningKey(store: KeyRingStore, nowMs: number): Promise<string> {
  const ring = await store.read();
  const key = newSigningKey(nowMs);
  const written = await store.write(withNewKey(ring, key), ring === undefined);
  // The first email has made one in between.
  return written ? key.keyId : rotateSigningKey(store, nowMs);
}

/**
 * Makes all links invalid that were signed with a key. When it is the one that signs, a new one takes over.
 * @returns the id of the key that took over, if one did
 * @throws Error naming the keys that there are, when none has that id or it is revoked already
 */
export async function revokeSigningKey(store: KeyRingStore, keyId: string, nowMs: number): Promise<string | undefined> {
  const ring = await store.read();
  const good = (ring?.keys ?? []).filter(({ revokedAtMs }) => revokedAtMs === undefined);
  if (ring === undefined || !good.some((key) => key.keyId === keyId)) {
    throw new Error(`keyId ${JSON.stringify(keyId)}: no such signing key that is not revoked; there are ${good.map((key) => key.keyId).join(', ') || 'none'}`);
  }
  const keys = ring.keys.map((key) => (key.keyId === keyId ? { ...key, revokedAtMs: nowMs } : key));
  const successor = ring.current === keyId ? newSigningKey(nowMs) : undefined;
  await store.write(successor ? withNewKey({ ...ring, keys }, successor) : { ...ring, keys }, false);
  return successor?.keyId;
}

/**
 * Moves the signing keys that an earlier version kept in the control table into the key ring, and deletes them there.
 * @returns how many were moved, and the one that signs now
 */
export async function moveSigningKeys(store: KeyRingStore, client: DynamoDBDocumentClient, table: string): Promise<{ moved: number; current?: string }> {
  const query = { TableName: table, ConsistentRead: true, KeyConditionExpression: 'kind = :kind', ExpressionAttributeValues: { ':kind': 'signing-key' } };
  const items: (Partial<StoredSigningKey> & { id: string })[] = [];
  for await (const { Items = [] } of paginateQuery({ client }, query)) items.push(...(Items as typeof items));
  if (items.length === 0) return { moved: 0 };
  const ring = await store.read();
  const found = items.flatMap(({ id, keyId, secret, createdAtMs = 0, revokedAtMs }) =>
    id === 'current' || keyId === undefined || secret === undefined ? [] : [{ keyId, secret, createdAtMs, ...(revokedAtMs !== undefined && { revokedAtMs }) }],
  );
  const known = new Set(ring?.keys.map(({ keyId }) => keyId));
  const moved = found.filter(({ keyId }) => !known.has(keyId));
  const current = ring?.current ?? items.find(({ id }) => id === 'current')?.keyId ?? '';
  await store.write({ current, keys: [...moved, ...(ring?.keys ?? [])] }, ring === undefined);
  // Last, so that a repetition after a crash finds what is not in the ring yet.
  for (const { id } of items) await client.send(new DeleteCommand({ TableName: table, Key: { kind: 'signing-key', id } }));
  return { moved: moved.length, current };
}
