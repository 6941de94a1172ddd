import { randomBytes } from 'node:crypto';
import { PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { writeKeyHash } from '../../lambdas/domain/hash.ts';
import { isObject, readJsonFile, replaceFile } from '../storage/files.ts';

export interface WriteKeys {
  /** Publishable, for browsers. */
  web: string;
  /** Secret, for servers. */
  server: string;
}

/** Makes the two write keys at the first start. The table holds their hashes; the keys themselves stay in a file for this user only. */
export async function ensureKeys(file: string, client: DynamoDBDocumentClient, table: string, nowMs: number): Promise<WriteKeys> {
  const known = readJsonFile(file, {
    isValid: (value): value is WriteKeys => isObject(value) && [value.web, value.server].every((key) => typeof key === 'string' && key !== ''),
    advice: 'Delete it, and the next start makes new write keys, which your clients then need; or restore it from a copy.',
  });
  if (known) return known;
  const keys: WriteKeys = { web: newKey('web'), server: newKey('server') };
  for (const source of ['web', 'server'] as const) {
    const Item = {
      kind: 'write-key',
      id: writeKeyHash(keys[source]),
      keyId: `local-${source}`,
      source,
      createdAtMs: nowMs,
    };
    await client.send(new PutCommand({ TableName: table, Item }));
  }
  // Written last, so that after a kill before it the next start makes new keys, instead of keeping keys that the table does not know.
  replaceFile(file, JSON.stringify(keys, null, 2), 0o600);
  return keys;
}

const newKey = (source: string): string => `${source}_${randomBytes(18).toString('base64url')}`;
