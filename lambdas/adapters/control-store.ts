import { GetCommand, PutCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Properties } from '../domain/events/filters.ts';
import { described, type StoredProduct } from '../domain/feed/stored-product.ts';
import { modelInForce, type TrainingRecord } from '../domain/classifier/training.ts';
import type { ThresholdsRecord } from '../domain/rules/thresholds.ts';
import type { Decisions } from '../domain/profile/unsubscribed.ts';
import type { Source } from '../schemas/event.ts';
import type { Model } from '../schemas/model.ts';
import { smokeTest } from '../schemas/smoke-test.ts';
import { ifConditionHolds } from './conditions.ts';

export interface WriteKey {
  keyId: string;
  source: Extract<Source, 'web' | 'server'>;
  /** Value of the API key for which its requests count. Keys that were made before there were limits have none, and count together. */
  usageKey?: string;
}

export interface Product {
  details: Properties;
  atMs: number;
}

/** Paused campaigns defer their emails; workflows of stopped ones end at their next email. */
export const campaignStates = ['running', 'paused', 'stopped'] as const;
export type CampaignState = (typeof campaignStates)[number];

/** Of a stage whose mail is held: campaigns that are not stopped are paused. The smoke test mails nobody but whom its operator names. */
export const onHold = <T extends Pick<ControlStore, 'campaignState'>>(control: T): T => ({
  ...control,
  campaignState: async (name) => ((await control.campaignState(name)) === 'stopped' ? 'stopped' : name === smokeTest ? 'running' : 'paused'),
});

/** The small records that control the pipeline. */
export interface ControlStore {
  /** @param keyHash SHA-256 of the write key in hexadecimal; keys themselves are not stored */
  writeKey(keyHash: string): Promise<WriteKey | undefined>;
  thresholds(): Promise<ThresholdsRecord | undefined>;
  thresholdsOfVersion(version: number): Promise<ThresholdsRecord | undefined>;
  /** Makes a version current, and keeps it under its number. @returns false when another one came first */
  publishThresholds(record: ThresholdsRecord): Promise<boolean>;
  /** The newest training of the classifier. */
  training(): Promise<TrainingRecord | undefined>;
  /** Makes a training the newest. @returns false when one of that month, or of a later one, is there */
  saveTraining(record: TrainingRecord): Promise<boolean>;
  /** The model of the newest training, when it has beaten the rule. */
  model(): Promise<Model | undefined>;
  /** Records that a topic was left (`*`: everything), from the next send on. A newer decision about the same topic is kept; of two at one instant, leaving wins. */
  optOut(userKey: string, topic: string, atMs: number): Promise<void>;
  /** Records that the person came back to a topic; the same rules apply. */
  optIn(userKey: string, topic: string, atMs: number): Promise<void>;
  /** The last decision about each of these topics; `*` counts as a topic. */
  optOuts(userKey: string, topics: readonly string[]): Promise<Decisions>;
  campaignState(name: string): Promise<CampaignState>;
  setCampaignState(name: string, state: CampaignState, atMs: number): Promise<void>;
  /** What the shop's server says of a product; the newest description wins. */
  saveProduct(productId: string, product: Product): Promise<void>;
  /** A product as the server and the feed describe it. */
  product(productId: string): Promise<Properties | undefined>;
}

/** @returns a function that reads an item by its kind and id */
const reading =
  (client: DynamoDBDocumentClient, table: string) =>
  async <T>(kind: string, id: string): Promise<T | undefined> =>
    (await client.send(new GetCommand({ TableName: table, Key: { kind, id }, ConsistentRead: true }))).Item as T | undefined;

/** The thresholds and the model in force; process-events carries no more of them. */
export function createRulesInForce(client: DynamoDBDocumentClient, table: string): Pick<ControlStore, 'thresholds' | 'training' | 'model'> {
  const get = reading(client, table);
  const training = async () => (await get<{ record: TrainingRecord }>('classifier', 'current'))?.record;
  return { thresholds: () => get('thresholds', 'current'), training, model: async () => modelInForce(await training()) };
}

/** Products as the shop's server and its feed describe them. */
export function createProductStore(client: DynamoDBDocumentClient, table: string): Pick<ControlStore, 'saveProduct' | 'product'> {
  const get = reading(client, table);
  return {
    async saveProduct(productId, { details, atMs }) {
      // What a feed says of it stands in the same item.
      const update = {
        Key: { kind: 'product', id: productId },
        UpdateExpression: 'SET details = :details, atMs = :at',
        ConditionExpression: 'attribute_not_exists(atMs) OR atMs <= :at',
        ExpressionAttributeValues: { ':details': details, ':at': atMs },
      };
      await ifConditionHolds(client.send(new UpdateCommand({ TableName: table, ...update })));
    },
    async product(productId) {
      const stored = await get<StoredProduct>('product', productId);
      return stored && described(stored);
    },
  };
}

export function createControlStore(client: DynamoDBDocumentClient, table: string): ControlStore {
  const get = reading(client, table);
  /** @returns false when the condition does not hold */
  const put = (item: object, condition?: string, values?: Record<string, unknown>): Promise<boolean> => {
    const conditions = { ...(condition && { ConditionExpression: condition }), ...(values && { ExpressionAttributeValues: values }) };
    return ifConditionHolds(client.send(new PutCommand({ TableName: table, Item: item, ...conditions })));
  };

  const control: ControlStore = {
    ...createRulesInForce(client, table),
    ...createProductStore(client, table),
    writeKey: (keyHash) => get('write-key', keyHash),

    async thresholdsOfVersion(version) {
      const kept = await get<ThresholdsRecord>('thresholds', versionId(version));
      if (kept !== undefined) return kept;
      // In force, but not yet copied under its number.
      const current = await control.thresholds();
      return current?.version === version ? current : undefined;
    },
    async publishThresholds(record) {
      const current = await control.thresholds();
      // A crash after the first write may have left the current version without its copy.
      if (current !== undefined) await put({ ...current, kind: 'thresholds', id: versionId(current.version) }, 'attribute_not_exists(version)');
      const isFirst = await put({ kind: 'thresholds', id: 'current', ...record }, 'attribute_not_exists(version) OR version = :previous', {
        ':previous': record.version - 1,
      });
      if (isFirst) await put({ kind: 'thresholds', id: versionId(record.version), ...record });
      return isFirst;
    },

    async saveTraining(record) {
      const item = { kind: 'classifier', trainedFor: record.month, record };
      const isNewest = await put({ ...item, id: 'current' }, 'attribute_not_exists(trainedFor) OR trainedFor < :month', { ':month': record.month });
      if (isNewest) await put({ ...item, id: record.month });
      return isNewest;
    },

    async optOut(userKey, topic, atMs) {
      await put({ kind: 'opt-out', id: `${userKey}#${topic}`, atMs }, 'attribute_not_exists(atMs) OR atMs <= :at', { ':at': atMs });
    },
    async optIn(userKey, topic, atMs) {
      // The item is kept: an opt-out that is repeated late must find the newer decision.
      await put({ kind: 'opt-out', id: `${userKey}#${topic}`, atMs, back: true }, 'attribute_not_exists(atMs) OR atMs < :at', { ':at': atMs });
    },
    async optOuts(userKey, topics) {
      const found = await Promise.all(topics.map(async (topic) => ({ topic, item: await get<{ atMs: number; back?: true }>('opt-out', `${userKey}#${topic}`) })));
      const times = (isBack: boolean) => Object.fromEntries(found.flatMap(({ topic, item }) => (item && (item.back ?? false) === isBack ? [[topic, item.atMs]] : [])));
      return { unsubscribedAtMs: times(false), resubscribedAtMs: times(true) };
    },

    campaignState: async (name) => (await get<{ state: CampaignState }>('campaign', name))?.state ?? 'running',
    async setCampaignState(name, state, atMs) {
      await put({ kind: 'campaign', id: name, state, atMs });
    },
  };
  return control;
}

const versionId = (version: number): string => `v${String(version).padStart(6, '0')}`;
