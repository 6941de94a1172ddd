import { DeleteCommand, PutCommand, UpdateCommand, paginateQuery, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { comparableSequence } from '../../domain/profile/profile.ts';
import { expiryS } from '../../domain/time.ts';
import { ifConditionHolds } from '../conditions.ts';

/** A record of the stream, as Lambda delivers it. */
export interface RawRecord {
  sequenceNumber: string;
  partitionKey: string;
  /** The record's bytes in base64. */
  data: string;
}

/** Somebody whose events wait. */
export interface BackloggedPerson {
  userKey: string;
  /** Since when the first of them has been waiting. */
  sinceMs: number;
  /** Grows each time that more is added. */
  revision: number;
}

/**
 * Events of people whose own items could not be read or written for a while, such as those of a hot partition. As long as somebody is
 * listed here, all their events come here and nowhere else, so each person's stay in the order of the stream.
 */
export interface Backlog {
  /** Everybody whose events wait; mostly nobody. */
  people(): Promise<BackloggedPerson[]>;
  /** Adding a record again changes nothing. When it throws, some records may be here, and the person may be listed. */
  add(userKey: string, records: readonly RawRecord[], nowMs: number): Promise<void>;
  /** The person's records that came first into the stream, in its order. */
  first(userKey: string, limit: number): Promise<RawRecord[]>;
  remove(userKey: string, records: readonly RawRecord[]): Promise<void>;
  /** Takes the person off the list. @returns false when more was added since the list was read */
  close(person: BackloggedPerson): Promise<boolean>;
}

/** Partition key of the list of people; their keys are its sort keys. */
export const backlogListKey = 'backlog';
export const backlogKey = (userKey: string): string => `${backlogListKey}#${userKey}`;
const partOf = ({ sequenceNumber }: RawRecord): string => `event#${comparableSequence(sequenceNumber)}`;
/** Much longer than anything waits here. */
const keepDays = 14;
const writesAtOnce = 25;

export function createBacklog(client: DynamoDBDocumentClient, table: string): Backlog {
  const inGroups = async (records: readonly RawRecord[], write: (record: RawRecord) => Promise<unknown>) => {
    for (let start = 0; start < records.length; start += writesAtOnce) await Promise.all(records.slice(start, start + writesAtOnce).map(write));
  };
  const query = async function* (key: string, limit?: number) {
    const pages = paginateQuery({ client, ...(limit !== undefined && { pageSize: limit }) }, { TableName: table, ConsistentRead: true, KeyConditionExpression: 'userKey = :key', ExpressionAttributeValues: { ':key': key } });
    for await (const { Items = [] } of pages) yield* Items;
  };
  return {
    async people() {
      const people: BackloggedPerson[] = [];
      for await (const { part, sinceMs, revision } of query(backlogListKey)) people.push({ userKey: String(part), sinceMs: Number(sinceMs), revision: Number(revision) });
      return people;
    },

    async add(userKey, records, nowMs) {
      const expiresAtS = expiryS(nowMs, keepDays);
      await inGroups(records, (record) => {
        const { sequenceNumber, partitionKey, data } = record;
        return client.send(new PutCommand({ TableName: table, Item: { userKey: backlogKey(userKey), part: partOf(record), sequenceNumber, partitionKey, data, expiresAtS } }));
      });
      // Last, so that whoever closes the list either sees the records or is refused.
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { userKey: backlogListKey, part: userKey },
          UpdateExpression: 'SET sinceMs = if_not_exists(sinceMs, :now) ADD revision :one',
          ExpressionAttributeValues: { ':now': nowMs, ':one': 1 },
        }),
      );
    },

    async first(userKey, limit) {
      const records: RawRecord[] = [];
      for await (const { sequenceNumber, partitionKey, data } of query(backlogKey(userKey), limit)) {
        records.push({ sequenceNumber: String(sequenceNumber), partitionKey: String(partitionKey), data: String(data) });
        if (records.length === limit) break;
      }
      return records;
    },

    remove: (userKey, records) => inGroups(records, (record) => client.send(new DeleteCommand({ TableName: table, Key: { userKey: backlogKey(userKey), part: partOf(record) } }))),

    // A list that was closed and begun anew has another time.
    close: ({ userKey, sinceMs, revision }) =>
      ifConditionHolds(
        client.send(
          new DeleteCommand({
            TableName: table,
            Key: { userKey: backlogListKey, part: userKey },
            ConditionExpression: 'revision = :revision AND sinceMs = :since',
            ExpressionAttributeValues: { ':revision': revision, ':since': sinceMs },
          }),
        ),
      ),
  };
}
