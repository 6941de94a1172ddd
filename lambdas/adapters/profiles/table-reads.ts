import { UpdateCommand, paginateQuery, paginateScan, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { hourMs } from '../../domain/time.ts';
import { ifConditionHolds } from '../conditions.ts';
import { surveyPartPrefix } from '../survey-store.ts';
import { decodeProfile, type ProfileItem } from './codec.ts';
import type { PersonRecords, ProfileStore, StoredAnswer, StoredConversion, StoredTransition, StoredWorkflow } from './profile-store.ts';

/** What looks at many people: who is due, and everybody. */
export function createTableReads(client: DynamoDBDocumentClient, table: string): Pick<ProfileStore, 'due' | 'postpone' | 'people' | 'scan'> {
  return {
    async *due(dueShard, nowMs, pageSize) {
      const query = {
        TableName: table,
        IndexName: 'due',
        KeyConditionExpression: 'dueShard = :shard AND dueAtMs <= :now',
        ExpressionAttributeValues: { ':shard': dueShard, ':now': nowMs },
      };
      for await (const { Items = [] } of paginateQuery({ client, pageSize }, query)) yield Items.map((item) => String(item.userKey));
    },

    async postpone(userKey, nowMs) {
      const Key = { userKey, part: 'profile' };
      const isDue = { ConditionExpression: 'dueAtMs <= :now', ReturnValues: 'UPDATED_NEW' as const };
      const update = (UpdateExpression: string, values: object, more: object) =>
        client.send(new UpdateCommand({ TableName: table, Key, UpdateExpression, ExpressionAttributeValues: { ':now': nowMs, ...values }, ...more }));
      const answer = await update('ADD tries :one', { ':one': 1 }, isDue);
      await ifConditionHolds(update('SET dueAtMs = :until', { ':until': nowMs + pauseMs(Number(answer.Attributes?.tries)) }, isDue));
    },

    async *people(slice) {
      const pages = paginateScan(
        { client },
        {
          TableName: table,
          FilterExpression: '#part <> :content',
          ExpressionAttributeNames: { '#part': 'part' },
          ExpressionAttributeValues: { ':content': 'content' },
          ...(slice && { Segment: slice.part, TotalSegments: slice.of }),
        },
      );
      // A scan gives the items of one partition key one after the other, in the order of their sort keys.
      let items: StoredItem[] = [];
      for await (const { Items = [] } of pages) {
        for (const item of Items as StoredItem[]) {
          if (items[0] !== undefined && items[0].userKey !== item.userKey) {
            yield* personIn(items);
            items = [];
          }
          items.push(item);
        }
      }
      yield* personIn(items);
    },

    async *scan() {
      const pages = paginateScan(
        { client },
        { TableName: table, FilterExpression: '#part = :profile', ExpressionAttributeNames: { '#part': 'part' }, ExpressionAttributeValues: { ':profile': 'profile' } },
      );
      for await (const { Items = [] } of pages) for (const item of Items) yield decodeProfile(item as ProfileItem);
    },
  };
}

type StoredItem = { userKey: string; part: string };

function personIn(items: readonly StoredItem[]): PersonRecords[] {
  const item = items.find(({ part }) => part === 'profile');
  if (item === undefined) return [];
  const profile = decodeProfile(item as ProfileItem);
  if (profile.mergedInto !== undefined) return [];
  const recorded = <T>(prefix: string) =>
    items.flatMap(({ part, ...rest }) => (part.startsWith(prefix) ? [rest as T & { userKey: string; expiresAtS: number }] : [])).map(({ userKey: _key, expiresAtS: _expires, ...record }) => record as T);
  return [{ profile, transitions: recorded<StoredTransition>('transition#'), conversions: recorded<StoredConversion>('conversion#'), workflows: recorded<StoredWorkflow>('workflow#'), answers: recorded<StoredAnswer>(surveyPartPrefix) }];
}

/** The pause after so many failures in a row: from 10 minutes to a day. */
export const pauseMs = (tries: number): number => Math.min(24 * hourMs, 5 * 60_000 * 2 ** tries);
