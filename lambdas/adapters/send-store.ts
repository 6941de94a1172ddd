import { DeleteCommand, GetCommand, PutCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expiryS } from '../domain/time.ts';
import { ifConditionHolds } from './conditions.ts';

/** One email to one person: claimed before the provider is called, confirmed after it. */
export interface SendRecord {
  sendId: string;
  userKey: string;
  campaign: string;
  step: string;
  executionName: string;
  claimedAtMs: number;
  discount?: { code: string; percent: number; expiresAtMs: number };
  /** Set when the provider took the message. */
  sentAtMs?: number;
  messageId?: string;
  deliveredAtMs?: number;
  openedAtMs?: number;
  clickedAtMs?: number;
  bouncedAtMs?: number;
  complainedAtMs?: number;
}

export type SendMark = 'sentAtMs' | 'deliveredAtMs' | 'openedAtMs' | 'clickedAtMs' | 'bouncedAtMs' | 'complainedAtMs';

export interface SendStore {
  get(sendId: string): Promise<SendRecord | undefined>;
  /** @returns false when it is claimed already */
  claim(record: SendRecord): Promise<boolean>;
  confirm(sendId: string, messageId: string, sentAtMs: number): Promise<void>;
  /** Gives a claim back; only for messages that the provider certainly did not take. */
  release(sendId: string): Promise<void>;
  /** Notes the first time that something happened to a message; also confirms a claim whose answer was lost. */
  mark(sendId: string, mark: SendMark, atMs: number, messageId: string): Promise<void>;
}

const keepDays = 400;

export function createSendStore(client: DynamoDBDocumentClient, table: string): SendStore {
  const set = (sendId: string, expression: string, values: Record<string, unknown>, condition: string) =>
    ifConditionHolds(
      client.send(
        new UpdateCommand({ TableName: table, Key: { sendId }, UpdateExpression: expression, ConditionExpression: condition, ExpressionAttributeValues: values }),
      ),
    );
  return {
    async get(sendId) {
      return (await client.send(new GetCommand({ TableName: table, Key: { sendId }, ConsistentRead: true }))).Item as SendRecord | undefined;
    },
    claim(record) {
      const expiresAtS = expiryS(record.claimedAtMs, keepDays);
      return ifConditionHolds(client.send(new PutCommand({ TableName: table, Item: { ...record, expiresAtS }, ConditionExpression: 'attribute_not_exists(sendId)' })));
    },
    async confirm(sendId, messageId, sentAtMs) {
      await set(sendId, 'SET sentAtMs = if_not_exists(sentAtMs, :at), messageId = :id', { ':at': sentAtMs, ':id': messageId }, 'attribute_exists(sendId)');
    },
    async release(sendId) {
      await client.send(new DeleteCommand({ TableName: table, Key: { sendId }, ConditionExpression: 'attribute_not_exists(sentAtMs)' }));
    },
    async mark(sendId, mark, atMs, messageId) {
      const values = { ':at': atMs, ':id': messageId };
      const sent = mark === 'sentAtMs' ? '' : 'sentAtMs = if_not_exists(sentAtMs, :at), ';
      // Events come in any order and more than once; the earliest time stays.
      await set(sendId, `SET ${sent}${mark} = :at, messageId = :id`, values, `attribute_exists(sendId) AND (attribute_not_exists(${mark}) OR ${mark} > :at)`);
    },
  };
}
