import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteCommand, ScanCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../time/clock.ts';
import type { Resolver } from '../step-functions/intrinsics.ts';

export interface ExpiringTable {
  name: string;
  keys: string[];
  /** Attribute with the time of expiry in seconds since 1970. */
  attribute: string;
}

interface TableProperties {
  KeySchema: { AttributeName: string }[];
  TimeToLiveSpecification?: { AttributeName: string; Enabled: boolean };
}

export function expiringTables(resolver: Resolver): ExpiringTable[] {
  return resolver.idsOf('AWS::DynamoDB::Table').flatMap((id) => {
    const { KeySchema, TimeToLiveSpecification: ttl } = resolver.properties<TableProperties>(id);
    return ttl?.Enabled
      ? [{ name: resolver.ref(id), keys: KeySchema.map(({ AttributeName }) => AttributeName), attribute: ttl.AttributeName }]
      : [];
  });
}

const sweepEveryMs = 3_600_000;
const shortestGapMs = 2_000;

/** DynamoDB's time to live, which dynalite lacks: every virtual hour, and not more often than every 2 real seconds. */
export async function runExpiry(
  tables: readonly ExpiringTable[],
  client: DynamoDBDocumentClient,
  clock: Clock,
  warn: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await Promise.all([clock.waitUntil(clock.nowMs() + sweepEveryMs, signal), sleep(shortestGapMs, undefined, { signal })]);
      for (const table of tables) await deleteExpired(table, client, clock.nowMs());
    } catch (error) {
      if (!signal.aborted) warn(`expiry: ${String(error)}`);
    }
  }
}

/** Deletes what has expired; an item that was given a later time meanwhile stays. @returns how many were deleted */
export async function deleteExpired(
  { name, keys, attribute }: ExpiringTable,
  client: DynamoDBDocumentClient,
  nowMs: number,
): Promise<number> {
  const expired = { ExpressionAttributeNames: { '#ttl': attribute }, ExpressionAttributeValues: { ':now': Math.floor(nowMs / 1000) } };
  let deleted = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: name, FilterExpression: '#ttl < :now', ...expired, ...(start && { ExclusiveStartKey: start }) }),
    );
    for (const item of page.Items ?? []) {
      const Key = Object.fromEntries(keys.map((key) => [key, item[key] as unknown]));
      try {
        await client.send(new DeleteCommand({ TableName: name, Key, ConditionExpression: '#ttl < :now', ...expired }));
        deleted += 1;
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error;
      }
    }
    start = page.LastEvaluatedKey;
  } while (start);
  return deleted;
}
