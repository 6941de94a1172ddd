import { UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SendThrottled } from '../../domain/errors.ts';
import { ifConditionHolds } from '../conditions.ts';

/** The emails a second that the account may send, shared by all functions at once. */
export interface SendRate {
  /**
   * Reserves capacity for one email in this second or one of the next few, and waits until that second begins.
   * @throws SendThrottled when no capacity is left in them
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
 * One counter item for each second. All of them are in one partition, which takes 1,000 writes a second. That is enough for some
 * hundred emails a second, since a refused reservation is a write as well.
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
      // A rate below one a second allows one email in every 1 / rate seconds.
      const windowMs = 1000 * Math.ceil(1 / Math.min(1, max));
      const places = Math.max(1, Math.floor(max));
      const nowMs = now();
      // Reserved before the wait. Otherwise all waiting functions would compete again when they wake.
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
