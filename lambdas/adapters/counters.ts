import { UpdateCommand, paginateQuery, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expiryS } from '../domain/time.ts';
import type { SkipReason, UnreadTrait } from '../schemas/workflow.ts';

/** What a step of a campaign did instead of sending, or what of the person it could not read when it sent. */
export interface Occurrence {
  campaign: string;
  step: string;
  reason: SkipReason | 'deferred' | UnreadTrait;
}

export interface Count extends Occurrence {
  /** UTC day, such as 2026-10-05. */
  day: string;
  count: number;
}

/** Counters for outcomes that have no record of their own. A step that Step Functions repeats after a lost answer is counted twice. */
export interface Counters {
  add(occurrence: Occurrence, atMs: number): Promise<void>;
  /** Everything counted in a UTC month, such as 2026-10; one entry for each day, campaign, step and reason. */
  ofMonth(month: string): Promise<Count[]>;
}

/** One item takes about 1,000 updates a second; each counter is spread over eight items, for campaigns that wake for many people at once. */
const shards = 8;
const keepDays = 400;

/** Partition keys of a month's counters, such as 2026-10. */
export const counterKinds = (month: string): string[] => Array.from({ length: shards }, (_, shard) => kindOf(month, shard));

const kindOf = (month: string, shard: number): string => `counter#${month}#${shard}`;

/** @param random in [0, 1), such as Math.random; chooses the item */
export function createCounters(client: DynamoDBDocumentClient, table: string, random: () => number): Counters {
  return {
    async add({ campaign, step, reason }, atMs) {
      const day = new Date(atMs).toISOString().slice(0, 10);
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: { kind: kindOf(day.slice(0, 7), Math.floor(random() * shards)), id: [day, campaign, step, reason].join('#') },
          UpdateExpression: 'ADD #count :one SET #expires = if_not_exists(#expires, :expires)',
          ExpressionAttributeNames: { '#count': 'count', '#expires': 'expiresAtS' },
          ExpressionAttributeValues: { ':one': 1, ':expires': expiryS(atMs, keepDays) },
        }),
      );
    },

    async ofMonth(month) {
      const counts = new Map<string, number>();
      const readShard = async (kind: string) => {
        const query = { TableName: table, KeyConditionExpression: 'kind = :kind', ExpressionAttributeValues: { ':kind': kind } };
        for await (const { Items = [] } of paginateQuery({ client }, query)) {
          for (const { id, count } of Items) counts.set(String(id), (counts.get(String(id)) ?? 0) + Number(count));
        }
      };
      await Promise.all(counterKinds(month).map(readShard));
      return [...counts].map(([id, count]) => {
        const [day = '', campaign = '', step = '', reason] = id.split('#');
        return { day, campaign, step, reason: reason as Occurrence['reason'], count };
      });
    },
  };
}
