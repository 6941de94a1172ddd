import type { KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { Clock } from '../time/clock.ts';
import type { Faults } from './faults.ts';
import type { Kinesis, Shard, StreamRecord } from './kinesis.ts';
import type { Outcome } from './lambda.ts';

interface Deps {
  clock: Clock;
  faults: Faults;
  stream: Kinesis;
  batchSize: number;
  /** How long records are gathered, at most. */
  windowMs?: number;
  invoke: (event: KinesisStreamEvent) => Promise<Outcome>;
  /** Batches whose attempts are used up go here. */
  giveUp: (records: readonly StreamRecord[]) => void;
}

const usualWindowMs = 1000;
const checkpointMs = 1_800_000;
/** Retries of one batch without any progress, as the mapping of the stack has it. */
const mostRetries = 10;

/**
 * Lambda's event source mapping for a stream: each shard from its beginning, its parents first, in batches; a batch that
 * failed in part goes on from the first failure, one that failed as a whole is halved. Everything is delivered at least once.
 */
export class EventSource {
  private readonly deps: Deps;
  private readonly done = new Set<string>();
  private readonly pollers = new Map<string, { position: number; isBusy: boolean }>();

  constructor(deps: Deps) {
    this.deps = deps;
    const { stream } = deps;
    const others = stream.onShard;
    stream.onShard = (shard) => {
      others(shard);
      this.wake(shard);
    };
  }

  /** Something may be there to read. */
  wake(shard: Shard): void {
    const poller = this.pollers.get(shard.id) ?? { position: 0, isBusy: false };
    this.pollers.set(shard.id, poller);
    if (poller.isBusy || !shard.parents.every((parent) => this.done.has(parent))) return;
    poller.isBusy = true;
    this.deps.clock.after(this.deps.faults.random.int(1, this.deps.windowMs ?? usualWindowMs), () => void this.read(shard, poller));
  }

  private async read(shard: Shard, poller: { position: number; isBusy: boolean }): Promise<void> {
    const { stream, batchSize, faults } = this.deps;
    while (poller.position < shard.records.length) {
      const from = poller.position;
      const size = faults.random.chance(0.5) ? batchSize : faults.random.int(1, 5);
      const batch = shard.records.slice(from, from + size);
      await this.deliver(batch, 0);
      poller.position = from + batch.length;
      // Whoever reads a shard may be replaced by somebody who starts from an older checkpoint.
      if (faults.random.chance(faults.rates('lambda').duplicate)) poller.position = this.earlier(shard, poller.position);
    }
    poller.isBusy = false;
    if (!shard.isClosed || this.done.has(shard.id)) return;
    this.done.add(shard.id);
    for (const child of stream.shards) if (child.parents.includes(shard.id)) this.wake(child);
  }

  /** An older checkpoint, as far back as one may lie. */
  private earlier(shard: Shard, position: number): number {
    const oldestMs = this.deps.clock.now() - checkpointMs;
    let place = position;
    for (let steps = this.deps.faults.random.int(1, 10); steps > 0 && (shard.records[place - 1]?.arrivedAtMs ?? 0) > oldestMs; steps -= 1) place -= 1;
    return place;
  }

  private async deliver(batch: readonly StreamRecord[], retries: number): Promise<void> {
    if (batch.length === 0) return;
    const { clock, faults, invoke, giveUp } = this.deps;
    if (retries > 0) await clock.sleep(faults.random.int(500, 1000) * 2 ** Math.min(retries, 6));
    const outcome = await invoke({ Records: batch.map(toRecord) });
    if ('value' in outcome) {
      const failures = ((outcome.value ?? {}) as Partial<KinesisStreamBatchResponse>).batchItemFailures ?? [];
      const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
      const first = batch.findIndex(({ sequenceNumber }) => failed.has(sequenceNumber));
      if (failures.length === 0) return;
      // An identifier that is not in the batch fails all of it.
      const rest = batch.slice(Math.max(0, first));
      const isProgress = first > 0;
      if (!isProgress && retries >= mostRetries) return giveUp(rest);
      return this.deliver(rest, isProgress ? 1 : retries + 1);
    }
    if (batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      await this.deliver(batch.slice(0, middle), retries);
      return this.deliver(batch.slice(middle), retries);
    }
    if (retries >= mostRetries) return giveUp(batch);
    return this.deliver(batch, retries + 1);
  }
}

function toRecord({ sequenceNumber, partitionKey, data, arrivedAtMs }: StreamRecord): KinesisStreamRecord {
  return {
    awsRegion: 'eu-west-1',
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: 'arn:aws:kinesis:eu-west-1:000000000000:stream/events',
    eventVersion: '1.0',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/reader',
    kinesis: { kinesisSchemaVersion: '1.0', partitionKey, sequenceNumber, data: Buffer.from(data).toString('base64'), approximateArrivalTimestamp: arrivedAtMs / 1000 },
  };
}
