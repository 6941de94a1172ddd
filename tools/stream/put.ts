import { setTimeout as sleep } from 'node:timers/promises';
import { PutRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import type { OutRecord } from './batch.ts';

/**
 * Puts one {@link RecordBatch} into the stream.
 * @throws Error when the stream accepted nothing for a long time, or said no for a reason that waiting does not change. Part of
 * the batch may have been accepted then; putting it again is harmless.
 */
export type Put = (records: OutRecord[]) => Promise<void>;

const firstWaitMs = 100;
const longestWaitMs = 5_000;
/** About 45 seconds. */
const maxFruitlessAttempts = 14;

/**
 * One call at a time. Refused records are repeated, with growing pauses; and while records are refused, the calls come further apart.
 * @param onRefused is told about every call after which records are left over
 */
export function createPut(
  client: KinesisClient,
  streamName: string,
  onRefused: (count: number, reason: string) => void = () => {},
  pause: (ms: number) => Promise<unknown> = sleep,
): Put {
  let betweenMs = 0;
  return async (records) => {
    if (betweenMs > 0) await pause(betweenMs);
    let open = records;
    let fruitless = 0;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt > 0) await pause(Math.min(firstWaitMs * 2 ** fruitless, longestWaitMs) * (0.5 + Math.random() / 2));
      const { refused, reason } = await send(client, streamName, open);
      if (refused.length > 0) onRefused(refused.length, reason);
      fruitless = refused.length < open.length ? 0 : fruitless + 1;
      if (fruitless === maxFruitlessAttempts)
        throw new Error(`stream ${streamName}: ${refused.length} records were refused ${fruitless} times: ${reason}`);
      betweenMs = refused.length > 0 ? Math.min(Math.max(2 * betweenMs, 25), longestWaitMs) : betweenMs < 5 ? 0 : betweenMs * 0.9;
      open = refused;
    }
  };
}

async function send(client: KinesisClient, streamName: string, records: OutRecord[]): Promise<{ refused: OutRecord[]; reason: string }> {
  try {
    const { Records = [] } = await client.send(new PutRecordsCommand({ StreamName: streamName, Records: records }));
    const refused = records.filter((_, index) => Records[index]?.ErrorCode !== undefined);
    const { ErrorCode, ErrorMessage } = Records.find((record) => record.ErrorCode !== undefined) ?? {};
    return { refused, reason: `${ErrorCode}: ${ErrorMessage}` };
  } catch (error) {
    if (!(error instanceof Error) || !isPassing(error)) throw error;
    return { refused: records, reason: `${error.name}: ${error.message}` };
  }
}

const passingNames = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'KMSThrottlingException',
  'InternalFailure',
  'TimeoutError',
];
const passingCodes = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'];

/** Will it work later? Throttling, trouble of the service, and a network that is away. */
function isPassing(error: Error & { code?: string; $metadata?: { httpStatusCode?: number } }): boolean {
  return passingNames.includes(error.name) || passingCodes.includes(error.code ?? '') || (error.$metadata?.httpStatusCode ?? 0) >= 500;
}
