import { UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SendThrottled } from '../../domain/errors.ts';
import { ifConditionHolds } from '../conditions.ts';

/** The emails a second that the account may send, shared by all functions at once. */
export interface SendRate {
  /**
   * Takes a place for one email in this second or one of the next, and waits until that begins.
   * @throws SendThrottled when they are all taken
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
}

/** A longer wait is left to Step Functions, since a sleeping function is billed. */
const longestWaitMs = 3000;
const keepSeconds = 3600;

/**
 * Counts in one item for each second. All of them lie in one partition, which takes 1,000 writes a second: enough for some
 * hundred emails a second, since those who come too late write as well.
 */
export function createSendRate({ client, table, maxPerSecond, now, sleep }: Deps): SendRate {
  const takeIn = (startMs: number, places: number): Promise<boolean> =>
    ifConditionHolds(
      client.send(
        new UpdateCommand({
          TableName: table,
          Key: { kind: 'send-rate', id: String(Math.floor(startMs / 1000)) },
          UpdateExpression: 'ADD taken :one SET expiresAtS = :expires',
          ConditionExpression: 'attribute_not_exists(taken) OR taken < :places',
          ExpressionAttributeValues: { ':one': 1, ':places': places, ':expires': Math.floor(startMs / 1000) + keepSeconds },
        }),
      ),
    );
  return {
    async take() {
      const max = await maxPerSecond();
      // Below one a second, there is one place in every so many seconds.
      const windowMs = 1000 * Math.ceil(1 / Math.min(1, max));
      const places = Math.max(1, Math.floor(max));
      const nowMs = now();
      // A place ahead is reserved before the wait: were it sought after it, all who wait would wake to compete again.
      for (let startMs = nowMs - (nowMs % windowMs); startMs - nowMs <= longestWaitMs; startMs += windowMs) {
        if (!(await takeIn(startMs, places))) continue;
        const waitMs = startMs - now();
        if (waitMs > 0) await sleep(waitMs);
        return;
      }
      throw new SendThrottled(`places for ${max} emails a second are taken for ${longestWaitMs / 1000} seconds`);
    },
  };
}
