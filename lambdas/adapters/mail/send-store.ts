import { isDeepStrictEqual } from 'node:util';
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand, paginateScan, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { WriteConflict } from '../../domain/errors.ts';
import type { MessageFeedback } from '../../domain/feedback/message.ts';
import { expiryS } from '../../domain/time.ts';
import { ifConditionHolds } from '../conditions.ts';

/** One email to one person: claimed before the provider is called, confirmed after it. */
export interface SendRecord extends MessageFeedback {
  sendId: string;
  userKey: string;
  campaign: string;
  step: string;
  executionName: string;
  claimedAtMs: number;
  /** Random id of the attempt that made the claim. It tells an attempt whose answer was lost that the claim is its own. */
  attempt?: string;
  /** The variant, where the campaign compares some. */
  variant?: string;
  /** Hash of the address that it went to: what its links decide counts for whoever has that. */
  inbox?: string;
  /** The person is in a holdout, so the email was not sent. */
  heldOut?: true;
  discount?: { code: string; percent: number; expiresAtMs: number };
}

export interface SendStore {
  get(sendId: string): Promise<SendRecord | undefined>;
  /** @returns false when another attempt has claimed it already */
  claim(record: SendRecord): Promise<boolean>;
  confirm(sendId: string, messageId: string, sentAtMs: number): Promise<void>;
  /** Releases a claim; only when the provider certainly did not accept the message. */
  release(sendId: string): Promise<void>;
  /** Emails that a campaign decided to send, or that were opened or clicked, since then; page by page, in no order. */
  since(fromMs: number): AsyncIterable<SendRecord[]>;
  /**
   * Records what the provider reports about a message; also confirms a claim whose answer was lost.
   * @returns the record as it is then, or undefined when there is none
   * @throws WriteConflict when others keep writing at the same time
   */
  revise(sendId: string, change: (record: SendRecord) => SendRecord): Promise<SendRecord | undefined>;
}

const usualDays = 400;

/** As the table holds it. */
interface Stored extends SendRecord {
  /** Counts the provider's reports; missing before the first. */
  revision?: number;
}

export function createSendStore(client: DynamoDBDocumentClient, table: string, keepDays = usualDays): SendStore {
  const set = (sendId: string, expression: string, values: Record<string, unknown>, condition: string) =>
    ifConditionHolds(
      client.send(
        new UpdateCommand({ TableName: table, Key: { sendId }, UpdateExpression: expression, ConditionExpression: condition, ExpressionAttributeValues: values }),
      ),
    );
  /** Writes only the attributes that changed, since the claim may be confirmed at the same time. */
  const write = (read: Stored, next: SendRecord) => {
    const names = [...new Set([...Object.keys(read), ...Object.keys(next)])] as (keyof SendRecord)[];
    const changed = names.filter((name) => !isDeepStrictEqual(read[name], next[name]));
    const gone = changed.filter((name) => next[name] === undefined);
    const kept = changed.filter((name) => next[name] !== undefined);
    return set(
      read.sendId,
      `SET ${[...kept.map((name) => `${name} = :${name}`), 'revision = :next'].join(', ')}${gone.length > 0 ? ` REMOVE ${gone.join(', ')}` : ''}`,
      { ...Object.fromEntries(kept.map((name) => [`:${name}`, next[name]])), ':next': (read.revision ?? 0) + 1, ...(read.revision !== undefined && { ':revision': read.revision }) },
      `attribute_exists(sendId) AND ${read.revision === undefined ? 'attribute_not_exists(revision)' : 'revision = :revision'}`,
    );
  };
  const store: SendStore = {
    async get(sendId) {
      return (await client.send(new GetCommand({ TableName: table, Key: { sendId }, ConsistentRead: true }))).Item as SendRecord | undefined;
    },
    async claim(record) {
      const expiresAtS = expiryS(record.claimedAtMs, keepDays);
      const isOwn = async () => record.attempt !== undefined && (await store.get(record.sendId))?.attempt === record.attempt;
      try {
        // When an answer is lost, the AWS client repeats the call, which then finds the claim of the first attempt.
        return (await ifConditionHolds(client.send(new PutCommand({ TableName: table, Item: { ...record, expiresAtS }, ConditionExpression: 'attribute_not_exists(sendId)' })))) || (await isOwn());
      } catch (error) {
        if (await isOwn()) return true;
        throw error;
      }
    },
    async confirm(sendId, messageId, sentAtMs) {
      await set(sendId, 'SET sentAtMs = if_not_exists(sentAtMs, :at), messageId = :id', { ':at': sentAtMs, ':id': messageId }, 'attribute_exists(sendId)');
    },
    async release(sendId) {
      await client.send(new DeleteCommand({ TableName: table, Key: { sendId }, ConditionExpression: 'attribute_not_exists(sentAtMs)' }));
    },
    async *since(fromMs) {
      const scan = {
        TableName: table,
        FilterExpression: 'claimedAtMs >= :from OR openedAtMs >= :from OR clickedAtMs >= :from',
        ExpressionAttributeValues: { ':from': fromMs },
      };
      for await (const { Items = [] } of paginateScan({ client }, scan)) yield Items as SendRecord[];
    },
    async revise(sendId, change) {
      for (let attempt = 0; attempt < revisionAttempts; attempt += 1) {
        const read = await store.get(sendId);
        if (read === undefined) return undefined;
        const next = change(read);
        if (isDeepStrictEqual(next, read) || (await write(read, next))) return next;
      }
      throw new WriteConflict();
    },
  };
  return store;
}

/** Each attempt reads the record again. SES sends only a few events about one message at the same time. */
const revisionAttempts = 6;
