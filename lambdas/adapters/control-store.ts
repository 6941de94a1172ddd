import { randomBytes } from 'node:crypto';
import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Properties } from '../domain/filters.ts';
import { hexHash } from '../domain/hash.ts';
import type { ThresholdsRecord } from '../domain/thresholds.ts';
import type { SigningKey } from '../domain/tokens.ts';
import type { Source } from '../schemas/event.ts';
import { ifConditionHolds } from './conditions.ts';

export interface WriteKey {
  keyId: string;
  source: Extract<Source, 'web' | 'server'>;
}

export interface Product {
  details: Properties;
  atMs: number;
}

/** The small records that steer the pipeline. */
export interface ControlStore {
  /** @param keyHash SHA-256 of the write key in hexadecimal; keys themselves are not stored */
  writeKey(keyHash: string): Promise<WriteKey | undefined>;
  thresholds(): Promise<ThresholdsRecord | undefined>;
  thresholdsOfVersion(version: number): Promise<ThresholdsRecord | undefined>;
  /** Makes a version current, and keeps it under its number. @returns false when another one came first */
  publishThresholds(record: ThresholdsRecord): Promise<boolean>;
  /** An address that must not be mailed, after a hard bounce or a complaint. Only its hash is stored. */
  suppress(address: string, reason: string, atMs: number): Promise<void>;
  isSuppressed(address: string): Promise<boolean>;
  optOut(userKey: string, topic: string, atMs: number): Promise<void>;
  hasOptedOut(userKey: string, topic: string): Promise<boolean>;
  /** A product of the catalogue; the newest description wins. */
  saveProduct(productId: string, product: Product): Promise<void>;
  product(productId: string): Promise<Product | undefined>;
  /** The key that signs links in emails; made at first use. */
  signingKey(): Promise<SigningKey>;
  signingKeyById(keyId: string): Promise<SigningKey | undefined>;
}

const addressHash = (address: string): string => hexHash(['address', address.trim().toLowerCase()], 64);

export function createControlStore(client: DynamoDBDocumentClient, table: string): ControlStore {
  const get = async <T>(kind: string, id: string): Promise<T | undefined> =>
    (await client.send(new GetCommand({ TableName: table, Key: { kind, id }, ConsistentRead: true }))).Item as T | undefined;

  /** @returns false when the condition does not hold */
  const put = (item: Record<string, unknown>, condition?: string, values?: Record<string, unknown>): Promise<boolean> => {
    const conditions = { ...(condition && { ConditionExpression: condition }), ...(values && { ExpressionAttributeValues: values }) };
    return ifConditionHolds(client.send(new PutCommand({ TableName: table, Item: item, ...conditions })));
  };

  const control: ControlStore = {
    writeKey: (keyHash) => get('write-key', keyHash),

    thresholds: () => get('thresholds', 'current'),
    thresholdsOfVersion: (version) => get('thresholds', versionId(version)),
    async publishThresholds(record) {
      const isFirst = await put({ kind: 'thresholds', id: 'current', ...record }, 'attribute_not_exists(version) OR version = :previous', {
        ':previous': record.version - 1,
      });
      if (isFirst) await put({ kind: 'thresholds', id: versionId(record.version), ...record });
      return isFirst;
    },

    async suppress(address, reason, atMs) {
      await put({ kind: 'suppression', id: addressHash(address), reason, atMs });
    },
    isSuppressed: async (address) => (await get('suppression', addressHash(address))) !== undefined,
    async optOut(userKey, topic, atMs) {
      await put({ kind: 'opt-out', id: `${userKey}#${topic}`, atMs });
    },
    hasOptedOut: async (userKey, topic) => {
      const found = await Promise.all([topic, '*'].map((one) => get('opt-out', `${userKey}#${one}`)));
      return found.some((item) => item !== undefined);
    },

    async saveProduct(productId, { details, atMs }) {
      await put({ kind: 'product', id: productId, details, atMs }, 'attribute_not_exists(atMs) OR atMs <= :at', { ':at': atMs });
    },
    product: (productId) => get('product', productId),

    async signingKey() {
      const current = await get<{ keyId: string }>('signing-key', 'current');
      const known = current && (await control.signingKeyById(current.keyId));
      if (known) return known;
      const made: SigningKey = { keyId: randomBytes(4).toString('hex'), secret: randomBytes(32).toString('base64url') };
      await put({ kind: 'signing-key', id: made.keyId, ...made });
      // Two first sends at once: the loser's key stays valid for checking, and the winner's signs from now on.
      await put({ kind: 'signing-key', id: 'current', keyId: made.keyId }, 'attribute_not_exists(keyId)');
      return made;
    },
    async signingKeyById(keyId) {
      const item = await get<SigningKey>('signing-key', keyId);
      return item && { keyId: item.keyId, secret: item.secret };
    },
  };
  return control;
}

const versionId = (version: number): string => `v${String(version).padStart(6, '0')}`;
