import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { CreateStreamCommand, DescribeStreamSummaryCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { prefixAt, runDelivery, type DeliveryProperties } from '../../../local/storage/archive.ts';
import { startEmulatorWorld, type EmulatorWorld } from '../../support/emulators.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const properties: DeliveryProperties = {
  DeliveryStreamName: 'archive',
  KinesisStreamSourceConfiguration: { KinesisStreamARN: 'arn:aws:kinesis:eu-west-1:000000000000:stream/events' },
  ExtendedS3DestinationConfiguration: {
    BucketARN: 'arn:aws:s3:::archive-bucket',
    Prefix: 'events/!{timestamp:yyyy/MM/dd/HH}/',
    CompressionFormat: 'GZIP',
    BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 1 },
    ProcessingConfiguration: {
      Enabled: true,
      Processors: [{ Type: 'AppendDelimiterToRecord', Parameters: [{ ParameterName: 'Delimiter', ParameterValue: '\\n' }] }],
    },
  },
};

let world: EmulatorWorld;
beforeAll(async () => {
  world = await startEmulatorWorld(['archive-bucket']);
  await world.clients.kinesis.send(new CreateStreamCommand({ StreamName: 'events', ShardCount: 1 }));
  while (
    (await world.clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'events' }))).StreamDescriptionSummary
      ?.StreamStatus !== 'ACTIVE'
  )
    await sleep(10);
});
afterAll(async () => {
  // A read that was aborted is still being answered; the emulator must not be closed under it.
  await sleep(100);
  await world.end();
});

const put = (...texts: string[]) =>
  world.clients.kinesis.send(
    new PutRecordsCommand({ StreamName: 'events', Records: texts.map((text) => ({ PartitionKey: 'p', Data: Buffer.from(text) })) }),
  );

async function archived(): Promise<{ key: string; lines: string[] }[]> {
  const { Contents = [] } = await world.clients.s3.send(new ListObjectsV2Command({ Bucket: 'archive-bucket' }));
  return Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await world.clients.s3.send(new GetObjectCommand({ Bucket: 'archive-bucket', Key }));
      return {
        key: Key!,
        lines: gunzipSync(await Body!.transformToByteArray())
          .toString()
          .split('\n'),
      };
    }),
  );
}

/** Delivers until the bucket holds as many records. */
async function deliverUntil(count: number, longestBufferMs?: number): Promise<void> {
  const stopping = new AbortController();
  const clock = fakeClock(Date.parse('2026-03-01T07:30:00Z'));
  const deps = {
    ...world.clients,
    clock,
    region: 'eu-west-1',
    warn: () => undefined,
    checkpointFile: join(world.folder, 'archive.json'),
    pollEveryMs: 5,
    ...(longestBufferMs !== undefined && { longestBufferMs }),
  };
  const running = runDelivery(properties, deps, stopping.signal);
  try {
    await vi.waitFor(async () => expect((await archived()).flatMap(({ lines }) => lines.filter(Boolean)).length).toBeGreaterThanOrEqual(count), { timeout: 10_000, interval: 30 });
  } finally {
    stopping.abort();
    await running;
  }
}

describe('the local Firehose', () => {
  it('writes what is put within the interval into one gzipped object of its hour, a record a line, each record with its end', async () => {
    await put('{"a":1}', '{"a":2}');
    await put('{"a":3}');
    await deliverUntil(3);
    const objects = await archived();
    expect(objects).toHaveLength(1);
    expect(objects[0]!.key).toMatch(/^events\/2026\/03\/01\/07\/archive-1-2026-03-01-07-30-00-[\w-]+\.gz$/);
    expect(objects[0]!.lines).toEqual(['{"a":1}', '{"a":2}', '{"a":3}', '']);
  });

  it('goes on after a restart where it stopped', async () => {
    await put('{"a":4}');
    await deliverUntil(4);
    expect((await archived()).flatMap(({ lines }) => lines.filter(Boolean)).toSorted()).toEqual([
      '{"a":1}',
      '{"a":2}',
      '{"a":3}',
      '{"a":4}',
    ]);
  });

  it('does not wait for the interval when the buffer is full', async () => {
    const large = 'x'.repeat(600_000);
    await put(large, large);
    await deliverUntil(6, 60_000);
    expect((await archived()).flatMap(({ lines }) => lines).filter((line) => line === large)).toHaveLength(2);
  });

  it('refuses processors that it does not know', async () => {
    const { ExtendedS3DestinationConfiguration: destination } = properties;
    const other = {
      ...properties,
      ExtendedS3DestinationConfiguration: { ...destination, ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'Lambda' }] } },
    };
    const deps = {
      ...world.clients,
      clock: fakeClock(0),
      region: 'eu-west-1',
      warn: () => undefined,
      checkpointFile: join(world.folder, 'other.json'),
    };
    await expect(runDelivery(other, deps, AbortSignal.timeout(1000))).rejects.toThrow('Firehose processor Lambda');
  });
});

describe('the prefix of an object', () => {
  const at = new Date('2026-03-01T07:30:00Z');
  it('has the parts of the instant', () => expect(prefixAt('a/!{timestamp:yyyy}/m=!{timestamp:MM}/', at)).toBe('a/2026/m=03/'));
  it('gets the hour when it names none', () => expect(prefixAt(undefined, at)).toBe('2026/03/01/07/'));
});
