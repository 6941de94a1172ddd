import { join } from 'node:path';
import { CreateStreamCommand, DescribeStreamSummaryCommand, PutRecordsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runEventSource, type Discarded, type EventSourceSettings } from '../../../local/kinesis/event-source.ts';
import { storeInBucket } from '../../../local/kinesis/failure-destination.ts';
import { startEmulatorWorld, type EmulatorWorld } from '../../support/emulators.ts';
import { fakeClock } from '../../support/fake-clock.ts';

interface LambdaRecord {
  kinesis: { data: string; partitionKey: string; sequenceNumber: string; approximateArrivalTimestamp: number };
  eventID: string;
  eventSource: string;
  eventSourceARN: string;
}
type LambdaEvent = { Records: LambdaRecord[] };

const streamArn = 'arn:aws:kinesis:eu-west-1:000000000000:stream/events';
const settings: EventSourceSettings = {
  BatchSize: 100,
  StartingPosition: 'TRIM_HORIZON',
  BisectBatchOnFunctionError: true,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  MaximumRetryAttempts: 1,
  MaximumRecordAgeInSeconds: 3600,
};

let world: EmulatorWorld;
let streamName: string;
let count = 0;
let abort: AbortController;
let running: Promise<void>;
let processed: string[];
let discarded: Discarded[];
let clock: ReturnType<typeof fakeClock>;
let handle: (texts: string[], event: LambdaEvent) => unknown;

const text = ({ kinesis }: LambdaRecord) => Buffer.from(kinesis.data, 'base64').toString();
const run = (change: Partial<EventSourceSettings> = {}, pollEveryMs = 5) => {
  abort = new AbortController();
  const deps = {
    kinesis: world.clients.kinesis,
    clock,
    invoke: async (event: unknown) => handle((event as LambdaEvent).Records.map(text), event as LambdaEvent),
    discard: async (one: Discarded) => void discarded.push(one),
    warn: () => undefined,
    streamName,
    streamArn,
    region: 'eu-west-1',
    checkpointFile: join(world.folder, `${streamName}.json`),
    pollEveryMs,
  };
  running = runEventSource({ ...settings, ...change }, deps, abort.signal);
};
const stop = async () => {
  abort.abort();
  await running;
};
const put = (...texts: string[]) =>
  world.clients.kinesis.send(
    new PutRecordsCommand({
      StreamName: streamName,
      Records: texts.map((one) => ({ Data: Buffer.from(one), PartitionKey: one.split(':')[0]! })),
    }),
  );
const active = () =>
  expect
    .poll(
      async () =>
        (await world.clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: streamName }))).StreamDescriptionSummary!
          .StreamStatus,
      { interval: 5 },
    )
    .toBe('ACTIVE');
const soon = (look: () => unknown) => expect.poll(look, { interval: 5, timeout: 10_000 });

beforeAll(async () => void (world = await startEmulatorWorld(['letters'])));
afterAll(() => world.end());
beforeEach(async () => {
  streamName = `events-${(count += 1)}`;
  processed = [];
  discarded = [];
  clock = fakeClock(Date.now());
  handle = (texts) => void processed.push(...texts);
  await world.clients.kinesis.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: 1 }));
  await active();
});
afterEach(stop);

describe('the event source', () => {
  it('gathers what comes in before it reads on, where the window is long', async () => {
    const batches: string[][] = [];
    handle = async (texts) => {
      if (batches.push(texts) === 1) await put('a:2');
    };
    await put('a:1');
    run({ MaximumBatchingWindowInSeconds: 300 }, 1_500);
    await soon(() => batches.length).toBe(1);
    await put('a:3');
    await soon(() => batches).toEqual([['a:1'], ['a:2', 'a:3']]);
  });

  it('passes records on in the shape of Lambda, in order', async () => {
    let seen: LambdaEvent | undefined;
    handle = (texts, event) => {
      seen ??= event;
      processed.push(...texts);
    };
    await put('a:1', 'a:2', 'b:1');
    run();
    await soon(() => processed).toEqual(['a:1', 'a:2', 'b:1']);
    expect(seen!.Records[0]).toMatchObject({
      kinesis: { partitionKey: 'a', data: Buffer.from('a:1').toString('base64'), kinesisSchemaVersion: '1.0' },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventName: 'aws:kinesis:record',
      awsRegion: 'eu-west-1',
      eventSourceARN: streamArn,
      eventID: `shardId-000000000000:${seen!.Records[0]!.kinesis.sequenceNumber}`,
    });
    expect(Math.abs(seen!.Records[0]!.kinesis.approximateArrivalTimestamp - Date.now() / 1000)).toBeLessThan(60);
  });

  it('goes on after a restart where it was', async () => {
    await put('a:1', 'a:2');
    run();
    await soon(() => processed.length).toBe(2);
    await stop();
    await put('a:3');
    run();
    await soon(() => processed).toEqual(['a:1', 'a:2', 'a:3']);
  });

  it('does not pass on again what came before the record that failed', async () => {
    let isFirst = true;
    handle = (texts, event) => {
      if (isFirst && texts.includes('a:2')) {
        isFirst = false;
        processed.push('a:1');
        return { batchItemFailures: [{ itemIdentifier: event.Records[texts.indexOf('a:2')]!.kinesis.sequenceNumber }] };
      }
      processed.push(...texts);
      return undefined;
    };
    await put('a:1', 'a:2', 'a:3');
    run();
    await soon(() => processed).toEqual(['a:1', 'a:2', 'a:3']);
  });

  it('closes in on the one record that fails, and gives up no other', async () => {
    handle = (texts) => {
      if (texts.includes('a:3')) throw new Error('poison');
      processed.push(...texts);
    };
    await put('a:1', 'a:2', 'a:3', 'a:4', 'a:5');
    run();
    await soon(() => processed).toEqual(['a:1', 'a:2', 'a:4', 'a:5']);
    expect(discarded).toMatchObject([
      { shardId: 'shardId-000000000000', condition: 'RetryAttemptsExhausted', records: [{ partitionKey: 'a' }] },
    ]);
    expect(Buffer.from(discarded[0]!.records[0]!.dataBase64, 'base64').toString()).toBe('a:3');
  });

  it('gives up records that have become too old', async () => {
    let calls = 0;
    handle = () => {
      calls += 1;
      clock.advance(3_700_000);
      throw new Error('down');
    };
    await put('a:1');
    run({ MaximumRetryAttempts: -1 });
    await soon(() => discarded).toMatchObject([{ condition: 'RecordAgeExceeded' }]);
    expect(calls).toBe(1);
  });

  it('measures age in real time, whatever the time scale', async () => {
    clock = fakeClock(Date.now(), 36_000);
    let calls = 0;
    handle = () => {
      calls += 1;
      clock.advance(24 * 3_600_000);
      if (calls === 1) throw new Error('down');
    };
    await put('a:1');
    run({ MaximumRetryAttempts: -1 });
    await soon(() => calls).toBe(2);
    expect(discarded).toEqual([]);
  });

  it('repeats after a restart a batch that a stop cut off', async () => {
    let hold: () => void = () => undefined;
    const called = new Promise<void>((resolve) => (hold = resolve));
    let fail: (error: Error) => void = () => undefined;
    handle = () => {
      hold();
      return new Promise((_resolve, reject) => (fail = reject));
    };
    await put('a:1');
    run({ MaximumRetryAttempts: 0 });
    await called;
    abort.abort();
    fail(new Error('the runtime is stopping'));
    await running;
    expect(discarded).toEqual([]);
    handle = (texts) => void processed.push(...texts);
    run();
    await soon(() => processed).toEqual(['a:1']);
  });

  it('reads the children of a shard after it', async () => {
    await put(...Array.from({ length: 20 }, (_, index) => `k${index}:1`));
    await world.clients.kinesis.send(
      new SplitShardCommand({ StreamName: streamName, ShardToSplit: 'shardId-000000000000', NewStartingHashKey: (2n ** 127n).toString() }),
    );
    await active();
    await put(...Array.from({ length: 20 }, (_, index) => `k${index}:2`));
    run();
    await soon(() => processed.length).toBe(40);
    const isFirstHalfOld = processed.slice(0, 20).every((one) => one.endsWith(':1'));
    expect(isFirstHalfOld).toBe(true);
  });
});

describe('the failure destination', () => {
  it('gets the invocation record with the event in it', async () => {
    const records = [{ sequenceNumber: '7', partitionKey: 'a', dataBase64: 'eA==', arrivedAtMs: 0 }];
    const destination = {
      s3: world.clients.s3,
      bucket: 'letters',
      clock: fakeClock(Date.parse('2026-05-06T07:08:09Z')),
      mappingId: 'map',
      functionArn: 'fn',
      streamArn,
      region: 'eu-west-1',
    };
    await storeInBucket(destination, { shardId: 'shardId-1', condition: 'RetryAttemptsExhausted', invokeCount: 3, records });
    const { Contents } = await world.clients.s3.send(new ListObjectsV2Command({ Bucket: 'letters' }));
    expect(Contents![0]!.Key).toMatch(/^aws\/lambda\/map\/shardId-1\/2026\/05\/06\/2026-05-06T07\.08\.09-/);
    const { Body } = await world.clients.s3.send(new GetObjectCommand({ Bucket: 'letters', Key: Contents![0]!.Key }));
    const stored = JSON.parse(await Body!.transformToString()) as { payload: string };
    expect(stored).toMatchObject({
      requestContext: { functionArn: 'fn', condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
      KinesisBatchInfo: { shardId: 'shardId-1', startSequenceNumber: '7', endSequenceNumber: '7', batchSize: 1, streamArn },
    });
    expect(JSON.parse(stored.payload)).toMatchObject({ Records: [{ kinesis: { data: 'eA==' } }] });
  });
});
