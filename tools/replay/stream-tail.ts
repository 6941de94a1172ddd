import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  type GetRecordsCommandOutput,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';

export interface StreamRecord {
  sequenceNumber: string;
  data: string;
}

/** The stream as a replay reads it. */
export interface Tail {
  /** Reads on, at first from the oldest record, until all that was in the stream when it was called has been passed to `onRecord`. */
  catchUp(onRecord: (record: StreamRecord) => void): Promise<void>;
}

interface Position {
  last?: string;
  /** Closed by a split or merge, and read to its end. */
  isFinished?: boolean;
}

const attempts = 10;

/** @param pauseMs first pause after a refused read; a shard takes five reads a second, and others read it, too */
export function createTail(kinesis: KinesisClient, streamName: string, pauseMs = 250): Tail {
  const positions = new Map<string, Position>();

  const readShard = async (shardId: string, onRecord: (record: StreamRecord) => void) => {
    const position = positions.get(shardId) ?? {};
    positions.set(shardId, position);
    if (position.isFinished) return;
    const startedAtMs = Date.now();
    let iterator = await openIterator(shardId, position.last);
    while (iterator !== undefined) {
      const answer = await read(iterator);
      for (const { SequenceNumber, Data } of answer.Records ?? []) {
        position.last = SequenceNumber as string;
        onRecord({ sequenceNumber: position.last, data: Buffer.from(Data as Uint8Array).toString('utf8') });
      }
      const newest = answer.Records?.at(-1)?.ApproximateArrivalTimestamp?.getTime() ?? -Infinity;
      const isAtTip = (answer.Records ?? []).length === 0 && answer.MillisBehindLatest === 0;
      iterator = answer.NextShardIterator;
      if (iterator === undefined) position.isFinished = true;
      else if (isAtTip || newest > startedAtMs) return;
    }
  };
  const openIterator = async (ShardId: string, last: string | undefined): Promise<string | undefined> => {
    const from =
      last === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' as const }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: last };
    return (await kinesis.send(new GetShardIteratorCommand({ StreamName: streamName, ShardId, ...from }))).ShardIterator;
  };
  const read = async (ShardIterator: string): Promise<GetRecordsCommandOutput> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }));
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ProvisionedThroughputExceededException') || attempt === attempts) throw error;
        await sleep(pauseMs * attempt);
      }
    }
  };

  return {
    async catchUp(onRecord) {
      const shardIds: string[] = [];
      let next: string | undefined;
      do {
        const page = await kinesis.send(new ListShardsCommand(next ? { NextToken: next } : { StreamName: streamName }));
        shardIds.push(...(page.Shards ?? []).map(({ ShardId }) => ShardId as string));
        next = page.NextToken;
      } while (next);
      await Promise.all(shardIds.map((shardId) => readShard(shardId, onRecord)));
    },
  };
}
