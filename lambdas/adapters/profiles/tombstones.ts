import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetCommand, GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { erasedHash } from '../../domain/profile/erasure.ts';

/** Who was erased, and when. Only salted hashes of their keys are stored. */
export interface Tombstones {
  /** @returns when each of these was erased, for those who were */
  of(userKeys: readonly string[]): Promise<Map<string, number>>;
  set(userKey: string, erasedAtMs: number): Promise<void>;
  /** The hash that identifies an erased person's records. */
  hashOf(text: string): Promise<string>;
}

const saltKey = { userKey: 'erasure', part: 'salt' };
/** Tombstones are in the profile table, so that a batch reads them together with the profiles. */
const keyOf = (hash: string) => ({ userKey: `erased#${hash}`, part: 'tombstone' });
const keysPerCall = 100;
const attempts = 8;

export function createTombstones(client: DynamoDBDocumentClient, table: string, pause: (ms: number) => Promise<unknown> = sleep): Tombstones {
  let known: string | undefined;
  // Without a salt, nobody was erased so far. That may change at any time, so only a salt that was found is cached.
  const findSalt = async (): Promise<string | undefined> => {
    known ??= (await client.send(new GetCommand({ TableName: table, Key: saltKey, ConsistentRead: true }))).Item?.salt as string | undefined;
    return known;
  };
  const makeSalt = async (): Promise<string> => {
    if ((await findSalt()) === undefined) {
      const Item = { ...saltKey, salt: randomBytes(32).toString('base64url') };
      await client.send(new PutCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(salt)' })).catch((error: unknown) => {
        if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error;
      });
    }
    return (await findSalt()) as string;
  };
  const read = async (keys: Record<string, unknown>[]): Promise<Record<string, unknown>[]> => {
    const [only, ...others] = keys;
    // Functions behind links look up one person, and may read single items only.
    if (only !== undefined && others.length === 0) return [(await client.send(new GetCommand({ TableName: table, Key: only, ConsistentRead: true }))).Item ?? []].flat();
    const found: Record<string, unknown>[] = [];
    for (let open = keys, attempt = 0; open.length > 0; attempt += 1) {
      if (attempt === attempts) throw new Error(`BatchGetItem left ${open.length} tombstones unread after ${attempt} attempts`);
      if (attempt > 0) await pause(25 * 2 ** attempt);
      const answer = await client.send(new BatchGetCommand({ RequestItems: { [table]: { Keys: open, ConsistentRead: true } } }));
      found.push(...(answer.Responses?.[table] ?? []));
      open = (answer.UnprocessedKeys?.[table]?.Keys ?? []) as typeof open;
    }
    return found;
  };
  return {
    async of(userKeys) {
      const salt = userKeys.length === 0 ? undefined : await findSalt();
      if (salt === undefined) return new Map();
      const keys = new Map(userKeys.map((userKey) => [keyOf(erasedHash(salt, userKey)).userKey, userKey]));
      const all = [...keys.keys()].map((userKey) => ({ userKey, part: 'tombstone' }));
      const found: Record<string, unknown>[] = [];
      for (let start = 0; start < all.length; start += keysPerCall) found.push(...(await read(all.slice(start, start + keysPerCall))));
      return new Map(found.map((item) => [keys.get(String(item.userKey)) as string, Number(item.erasedAtMs)]));
    },
    async set(userKey, erasedAtMs) {
      await client.send(new PutCommand({ TableName: table, Item: { ...keyOf(erasedHash(await makeSalt(), userKey)), erasedAtMs } }));
    },
    hashOf: async (text) => erasedHash(await makeSalt(), text),
  };
}
