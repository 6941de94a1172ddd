import { PutRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import type { Envelope } from '../schemas/event.ts';

/** Writes to the event stream; everything that changes a profile goes through it. */
export interface Stream {
  /** @throws Error when some records were still refused after a few attempts; sending them again is harmless. */
  put(events: readonly { partitionKey: string; envelope: Envelope }[]): Promise<void>;
}

const recordsPerCall = 500;
const attempts = 6;

export function createStream(client: KinesisClient, streamName: string, pause: (ms: number) => Promise<void> = sleep): Stream {
  return {
    async put(events) {
      const records = events.map(({ partitionKey, envelope }) => ({ PartitionKey: partitionKey, Data: Buffer.from(JSON.stringify(envelope)) }));
      for (let start = 0; start < records.length; start += recordsPerCall) {
        let open = records.slice(start, start + recordsPerCall);
        for (let attempt = 0; open.length > 0; attempt += 1) {
          if (attempt === attempts) throw new Error(`Kinesis refused ${open.length} records ${attempts} times`);
          if (attempt > 0) await pause(50 * 2 ** attempt);
          const answer = await client.send(new PutRecordsCommand({ StreamName: streamName, Records: open }));
          open = open.filter((_, index) => answer.Records?.[index]?.ErrorCode !== undefined);
        }
      }
    },
  };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
