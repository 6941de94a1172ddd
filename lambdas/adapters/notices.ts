import { DeleteCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { hexHash } from '../domain/hash.ts';
import { expiryS } from '../domain/time.ts';
import { ifConditionHolds } from './conditions.ts';

/** Readers who were notified of the report of a month, so that repeating a month notifies nobody twice. Only hashes of addresses are stored. */
export interface Notices {
  /** @returns false when the reader was notified before */
  claim(month: string, reader: string, atMs: number): Promise<boolean>;
  /** Releases a claim; only when the message was certainly not sent. */
  release(month: string, reader: string): Promise<void>;
}

const keepDays = 400;

export function createNotices(client: DynamoDBDocumentClient, table: string): Notices {
  const key = (month: string, reader: string) => ({ kind: 'report-notice', id: `${month}#${hexHash(['reader', reader.trim().toLowerCase()], 32)}` });
  return {
    claim: (month, reader, atMs) =>
      ifConditionHolds(
        client.send(new PutCommand({ TableName: table, Item: { ...key(month, reader), atMs, expiresAtS: expiryS(atMs, keepDays) }, ConditionExpression: 'attribute_not_exists(atMs)' })),
      ),
    async release(month, reader) {
      await client.send(new DeleteCommand({ TableName: table, Key: key(month, reader) }));
    },
  };
}
