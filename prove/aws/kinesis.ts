import { createHash } from 'node:crypto';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';

export interface StreamRecord {
  sequenceNumber: string;
  partitionKey: string;
  data: Uint8Array;
  arrivedAtMs: number;
}

export interface Shard {
  id: string;
  /** Both ends belong to it. */
  from: number;
  to: number;
  parents: string[];
  isClosed: boolean;
  records: StreamRecord[];
}

const hashes = 2 ** 32;

/** One stream: records in order within a shard, in shards that split and merge. */
export class Kinesis {
  readonly shards: Shard[] = [];
  /** Told of each record that was stored. */
  onRecord: (record: StreamRecord, shard: Shard) => void = () => undefined;
  /** Told of each new shard. */
  onShard: (shard: Shard) => void = () => undefined;
  /** May a record of a call be refused by itself? */
  refusesRecord: () => boolean = () => false;
  private readonly now: () => number;
  private readonly hashes = new Map<string, number>();
  private sequence = 0;

  constructor(now: () => number, shardCount: number) {
    this.now = now;
    for (let place = 0; place < shardCount; place += 1) this.open(Math.floor((hashes * place) / shardCount), Math.floor((hashes * (place + 1)) / shardCount) - 1, []);
  }

  handle(command: object): object {
    if (!(command instanceof PutRecordsCommand)) throw new Error(`the simulated Kinesis does not know ${command.constructor.name}`);
    const { Records = [] } = command.input;
    return this.putRecords(Records.map(({ PartitionKey = '', Data = new Uint8Array() }) => ({ partitionKey: PartitionKey, data: Data })));
  }

  putRecords(records: readonly Pick<StreamRecord, 'partitionKey' | 'data'>[]): { FailedRecordCount: number; Records: object[] } {
    const wrong = records.find(({ partitionKey }) => partitionKey.length < 1 || partitionKey.length > 256);
    if (records.length < 1 || records.length > 500 || wrong) throw Object.assign(new Error('1 validation error detected'), { name: 'ValidationException' });
    const answers = records.map(({ partitionKey, data }) => {
      if (this.refusesRecord()) return { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded for shard' };
      const shard = this.shardOf(partitionKey);
      this.sequence += 1;
      // 56 digits, of which the first say nothing to anybody.
      const sequenceNumber = `4965${String(this.sequence).padStart(52, '0')}`;
      const record = { sequenceNumber, partitionKey, data: Uint8Array.from(data), arrivedAtMs: this.now() };
      shard.records.push(record);
      this.onRecord(record, shard);
      return { SequenceNumber: sequenceNumber, ShardId: shard.id };
    });
    return { FailedRecordCount: answers.filter((answer) => 'ErrorCode' in answer).length, Records: answers };
  }

  /** Closes a shard and opens two in its place. */
  split(shard: Shard): void {
    if (shard.isClosed || shard.to - shard.from < 2) return;
    shard.isClosed = true;
    const middle = Math.floor((shard.from + shard.to) / 2);
    this.open(shard.from, middle, [shard.id]);
    this.open(middle + 1, shard.to, [shard.id]);
  }

  /** Closes a shard and its neighbour, and opens one in their place. */
  merge(shard: Shard): void {
    const neighbour = this.shards.find((other) => !other.isClosed && other.from === shard.to + 1);
    if (shard.isClosed || neighbour === undefined) return;
    shard.isClosed = true;
    neighbour.isClosed = true;
    this.open(shard.from, neighbour.to, [shard.id, neighbour.id]);
  }

  private open(from: number, to: number, parents: string[]): void {
    const shard: Shard = { id: `shardId-${String(this.shards.length).padStart(12, '0')}`, from, to, parents, isClosed: false, records: [] };
    this.shards.push(shard);
    this.onShard(shard);
  }

  private shardOf(partitionKey: string): Shard {
    let hash = this.hashes.get(partitionKey);
    if (hash === undefined) this.hashes.set(partitionKey, (hash = createHash('md5').update(partitionKey).digest().readUInt32BE()));
    return this.shards.find((shard) => !shard.isClosed && shard.from <= hash && hash <= shard.to) as Shard;
  }
}
