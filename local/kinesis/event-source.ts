import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  ShardIteratorType,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  type Shard,
} from '@aws-sdk/client-kinesis';
import type { Clock } from '../time/clock.ts';
import { decide, type Answer, type Batch } from './batch.ts';
import { isObject, readJsonFile, replaceFile } from '../storage/files.ts';

/** Lambda's Kinesis event source mapping, with the settings of AWS::Lambda::EventSourceMapping. */
export interface EventSourceSettings {
  BatchSize?: number;
  MaximumBatchingWindowInSeconds?: number;
  MaximumRetryAttempts?: number;
  MaximumRecordAgeInSeconds?: number;
  BisectBatchOnFunctionError?: boolean;
  FunctionResponseTypes?: string[];
  StartingPosition: 'TRIM_HORIZON' | 'LATEST';
}

export interface StreamRecord {
  sequenceNumber: string;
  partitionKey: string;
  dataBase64: string;
  /** Virtual time. */
  arrivedAtMs: number;
}

export interface Discarded {
  shardId: string;
  condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  invokeCount: number;
  records: readonly StreamRecord[];
}

export interface EventSourceDeps {
  kinesis: KinesisClient;
  clock: Clock;
  /** @throws when the function fails */
  invoke(event: unknown): Promise<unknown>;
  /** Failure destination. */
  discard(discarded: Discarded): Promise<void>;
  /** For trouble that is retried: the stream is not there, or a discarded batch cannot be stored. */
  warn(message: string): void;
  streamName: string;
  streamArn: string;
  region: string;
  /** Where the position in each shard is kept between starts. */
  checkpointFile: string;
  pollEveryMs?: number;
}

/** Where the readers of a mapping stand. @throws DamagedFile */
export const readPositions = (file: string): Record<string, Position> =>
  readJsonFile(file, {
    isValid: (value): value is Record<string, Position> => isObject(value) && Object.values(value).every(isObject),
    advice: 'Delete it, and the stream is read from its beginning; what was counted does not count again, and the archive gets it twice. Or restore it from a copy.',
  }) ?? {};

interface Position {
  /** Last sequence number that was processed or discarded. */
  sequenceNumber?: string;
  /** Read to its end after a split or merge. */
  isFinished?: boolean;
}

const pollMs = 75;
/** A batching window of this length is there for large batches, and a person at the keyboard does not wait for what it brings. */
const longWindowSeconds = 60;
const longWindowPollMs = 1_000;
const listShardsEveryMs = 5_000;
const longestBackoffMs = 5_000;

/**
 * Reads the stream and invokes the function, one batch per shard at a time, in order. A batch is passed on as soon as a poll
 * finds nothing more: with the batching window of the cloud, a person at the keyboard would wait for records that nobody sends. Under a
 * window of a minute or more, the stream is read once a second.
 * @returns when the signal aborts and the batches in hand are settled or dropped
 */
export async function runEventSource(settings: EventSourceSettings, deps: EventSourceDeps, signal: AbortSignal): Promise<void> {
  const positions = readPositions(deps.checkpointFile);
  const save = (shardId: string, position: Position) => {
    positions[shardId] = { ...positions[shardId], ...position };
    replaceFile(deps.checkpointFile, JSON.stringify(positions));
  };
  const readers = new Map<string, Promise<void>>();
  let wake = new AbortController();
  while (!signal.aborted) {
    const shards = await retrying(() => listShards(deps), deps, signal);
    for (const shard of shards ?? []) {
      if (readers.has(shard.ShardId!) || positions[shard.ShardId!]?.isFinished || !parentsAreDone(shard, shards!, positions)) continue;
      const reader = readShard(shard.ShardId!, positions[shard.ShardId!], settings, deps, save, signal).then(() => wake.abort());
      readers.set(shard.ShardId!, reader);
    }
    // When a shard ends, its children are read at once.
    await sleep(listShardsEveryMs, undefined, { signal: AbortSignal.any([signal, wake.signal]) }).catch(() => undefined);
    if (wake.signal.aborted) wake = new AbortController();
  }
  await Promise.all(readers.values());
}

/** Children are read after their parents, so that records of one partition key stay in order. */
function parentsAreDone(shard: Shard, all: readonly Shard[], positions: Record<string, Position>): boolean {
  return [shard.ParentShardId, shard.AdjacentParentShardId].every(
    (parent) => parent === undefined || positions[parent]?.isFinished || !all.some(({ ShardId }) => ShardId === parent),
  );
}

async function listShards({ kinesis, streamName }: EventSourceDeps): Promise<Shard[]> {
  const all: Shard[] = [];
  let next: string | undefined;
  do {
    const answer = await kinesis.send(new ListShardsCommand(next ? { NextToken: next } : { StreamName: streamName }));
    all.push(...(answer.Shards ?? []));
    next = answer.NextToken;
  } while (next);
  return all;
}

async function readShard(
  shardId: string,
  start: Position | undefined,
  settings: EventSourceSettings,
  deps: EventSourceDeps,
  save: (shardId: string, position: Position) => void,
  signal: AbortSignal,
): Promise<void> {
  const { BatchSize: batchSize = 100, MaximumBatchingWindowInSeconds: windowSeconds = 0 } = settings;
  const isLong = windowSeconds >= longWindowSeconds;
  const pollEveryMs = deps.pollEveryMs ?? (isLong ? longWindowPollMs : pollMs);
  let last = start?.sequenceNumber;
  let iterator = await retrying(() => openIterator(shardId, last, settings, deps), deps, signal);
  while (!signal.aborted && iterator !== undefined) {
    let answer;
    try {
      answer = await deps.clock.during(() => deps.kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: batchSize }), { abortSignal: signal }));
    } catch (error) {
      if (signal.aborted) return;
      // Iterators live five minutes; a function that took longer needs a new one.
      if (!(error instanceof Error && error.name === 'ExpiredIteratorException')) deps.warn(`reading ${shardId}: ${String(error)}`);
      await sleep(pollEveryMs);
      iterator = await retrying(() => openIterator(shardId, last, settings, deps), deps, signal);
      continue;
    }
    const records = (answer.Records ?? []).map((record) => ({
      sequenceNumber: record.SequenceNumber!,
      partitionKey: record.PartitionKey!,
      dataBase64: Buffer.from(record.Data!).toString('base64'),
      arrivedAtMs: deps.clock.virtualOf(record.ApproximateArrivalTimestamp!.getTime()),
    }));
    const isDone = await settle(
      shardId,
      records,
      settings,
      deps,
      (sequenceNumber) => save(shardId, { sequenceNumber: (last = sequenceNumber) }),
      signal,
    );
    if (!isDone) return;
    iterator = answer.NextShardIterator;
    if (iterator !== undefined && (records.length === 0 || (isLong && records.length < batchSize))) await sleep(pollEveryMs, undefined, { signal }).catch(() => undefined);
  }
  if (!signal.aborted) save(shardId, { isFinished: true });
}

async function openIterator(
  shardId: string,
  after: string | undefined,
  { StartingPosition }: EventSourceSettings,
  deps: EventSourceDeps,
): Promise<string> {
  const from: Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber'> =
    after === undefined
      ? { ShardIteratorType: ShardIteratorType[StartingPosition] }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: after };
  const answer = await deps.kinesis.send(new GetShardIteratorCommand({ StreamName: deps.streamName, ShardId: shardId, ...from }));
  return answer.ShardIterator!;
}

/** Works through records until each is processed or discarded. @returns false when the signal aborted first */
async function settle(
  shardId: string,
  records: readonly StreamRecord[],
  settings: EventSourceSettings,
  deps: EventSourceDeps,
  checkpoint: (sequenceNumber: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const rules = {
    bisect: settings.BisectBatchOnFunctionError ?? false,
    reportItemFailures: settings.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    maxRetries: settings.MaximumRetryAttempts ?? -1,
  };
  // A time scale speeds up people and campaigns; the machine stays as slow as it is, so its delays are measured in real time.
  const maxAgeMs = (settings.MaximumRecordAgeInSeconds ?? -1) < 0 ? Infinity : settings.MaximumRecordAgeInSeconds! * 1000 * deps.clock.scale;
  const oldestMs = () => deps.clock.nowMs() - maxAgeMs;
  const open: Batch<StreamRecord>[] = records.length > 0 ? [{ records, retries: 0 }] : [];
  let invokeCount = 0;
  for (let batch = open.shift(); batch; batch = open.shift()) {
    if (signal.aborted) return false;
    const expired = batch.records.filter(({ arrivedAtMs }) => arrivedAtMs < oldestMs());
    if (expired.length > 0) {
      await storeDiscarded({ shardId, condition: 'RecordAgeExceeded', invokeCount, records: expired }, deps, signal);
      checkpoint(expired.at(-1)!.sequenceNumber);
      const live = batch.records.slice(expired.length);
      if (live.length > 0) open.unshift({ ...batch, records: live });
      continue;
    }
    invokeCount += 1;
    const answer = await attempt(() => deps.invoke(lambdaEvent(shardId, batch.records, deps)));
    if (signal.aborted && 'error' in answer) return false;
    const { next, discarded } = decide(batch, answer, rules);
    if (discarded.length > 0)
      await storeDiscarded({ shardId, condition: 'RetryAttemptsExhausted', invokeCount, records: discarded }, deps, signal);
    const firstOpen = next[0]?.records[0];
    const doneCount = firstOpen ? batch.records.indexOf(firstOpen) : batch.records.length;
    if (doneCount > 0) checkpoint(batch.records[doneCount - 1]!.sequenceNumber);
    open.unshift(...next);
    const retries = next[0]?.retries ?? 0;
    if (retries > 0) await sleep(Math.min(50 * 2 ** retries, longestBackoffMs), undefined, { signal }).catch(() => undefined);
  }
  return true;
}

async function attempt(invoke: () => Promise<unknown>): Promise<Answer> {
  try {
    return { ok: await invoke() };
  } catch (error) {
    return { error };
  }
}

async function storeDiscarded(discarded: Discarded, deps: EventSourceDeps, signal: AbortSignal): Promise<void> {
  await retrying(() => deps.discard(discarded), deps, signal);
}

/** The event that Lambda passes to the function. */
export function lambdaEvent(
  shardId: string,
  records: readonly StreamRecord[],
  { region, streamArn }: Pick<EventSourceDeps, 'region' | 'streamArn'>,
): object {
  return {
    Records: records.map(({ sequenceNumber, partitionKey, dataBase64, arrivedAtMs }) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey,
        sequenceNumber,
        data: dataBase64,
        approximateArrivalTimestamp: arrivedAtMs / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shardId}:${sequenceNumber}`,
      eventName: 'aws:kinesis:record',
      awsRegion: region,
      eventSourceARN: streamArn,
    })),
  };
}

/** Repeats until it succeeds or the signal aborts; then the answer is `undefined`. */
async function retrying<T>(action: () => Promise<T>, { warn }: EventSourceDeps, signal: AbortSignal): Promise<T | undefined> {
  for (let delayMs = 50; !signal.aborted; delayMs = Math.min(2 * delayMs, longestBackoffMs)) {
    try {
      return await action();
    } catch (error) {
      warn(String(error));
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}
