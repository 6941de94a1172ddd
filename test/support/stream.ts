import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';

export interface ReadRecord {
  sequenceNumber: string;
  partitionKey: string;
  text: string;
}

/** All that a stream holds, shard by shard. */
export async function readStream(kinesis: KinesisClient, StreamName: string): Promise<ReadRecord[]> {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  const all: ReadRecord[] = [];
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    for (;;) {
      const { Records = [], NextShardIterator } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
      if (Records.length === 0) break;
      all.push(
        ...Records.map(({ SequenceNumber, PartitionKey, Data }) => ({
          sequenceNumber: SequenceNumber!,
          partitionKey: PartitionKey!,
          text: Buffer.from(Data!).toString(),
        })),
      );
      ShardIterator = NextShardIterator;
    }
  }
  return all;
}
