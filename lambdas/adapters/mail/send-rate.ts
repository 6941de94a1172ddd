import { GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SendThrottled } from '../../domain/errors.ts';
import { isConditionFailed } from '../conditions.ts';

/** The emails a second that the account may send, shared by all functions at once. */
export interface SendRate {
  /**
   * Reserves the next free instant for one email, and waits until then.
   * @throws SendThrottled when it is too far ahead
   */
  take(): Promise<void>;
}

interface Deps {
  client: DynamoDBDocumentClient;
  table: string;
  /** Emails a second, as the account has it now; more than 0. */
  maxPerSecond: () => Promise<number>;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** In [0, 1). */
  random: () => number;
}

/** A longer wait is left to Step Functions, since a sleeping function is billed. */
const longestWaitMs = 3000;
/** A write for each email; DynamoDB takes 1,000 a second of one key, refused ones included. */
const perShard = 100;
const attempts = 3;

/**
 * Emails go one after the other, at equal distances: an item holds the next free instant, and taking it moves that on. A high rate is
 * shared out to several items, each with a partition of its own. Whoever comes when the next seconds are taken only reads, so that a burst of
 * thousands of workflows costs hardly more writes than the emails that go. The figures are in docs/operations.md.
 */
export function createSendRate({ client, table, maxPerSecond, now, sleep, random }: Deps): SendRate {
  /** @returns the instant, or undefined when it is too far ahead */
  const takeIn = async (shard: number, intervalUs: number): Promise<number | undefined> => {
    const Key = { kind: shard === 0 ? 'send-rate' : `send-rate#${shard}`, id: 'next' };
    const update = async (expression: string, condition: string, values: Record<string, number>): Promise<number | undefined> => {
      try {
        const { Attributes } = await client.send(new UpdateCommand({ TableName: table, Key, UpdateExpression: expression, ConditionExpression: condition, ExpressionAttributeValues: values, ReturnValues: 'UPDATED_NEW' }));
        return (Number(Attributes?.nextUs) - intervalUs) / 1000;
      } catch (error) {
        if (isConditionFailed(error)) return undefined;
        throw error;
      }
    };
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      // The first look may be a little old; after a lost write it must not be.
      const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: attempt > 0 }));
      const nowUs = now() * 1000;
      const latestUs = nowUs + longestWaitMs * 1000;
      const nextUs = Number(Item?.nextUs ?? 0);
      if (nextUs > latestUs) return undefined;
      const atMs =
        nextUs < nowUs
          ? await update('SET nextUs = :next', 'attribute_not_exists(nextUs) OR nextUs < :now', { ':next': nowUs + intervalUs, ':now': nowUs })
          : await update('SET nextUs = nextUs + :interval', 'nextUs BETWEEN :now AND :latest', { ':interval': intervalUs, ':now': nowUs, ':latest': latestUs });
      if (atMs !== undefined) return atMs;
    }
    return undefined;
  };
  return {
    async take() {
      const max = await maxPerSecond();
      const shards = Math.max(1, Math.ceil(max / perShard));
      const intervalUs = Math.ceil((1_000_000 * shards) / max);
      const first = Math.floor(random() * shards);
      const atMs = (await takeIn(first, intervalUs)) ?? (shards > 1 ? await takeIn((first + 1) % shards, intervalUs) : undefined);
      if (atMs === undefined) throw new SendThrottled(`places for ${max} emails a second are taken for ${longestWaitMs / 1000} seconds`);
      const waitMs = atMs - now();
      if (waitMs > 0) await sleep(waitMs);
    },
  };
}
