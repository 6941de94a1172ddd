import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../time/clock.ts';
import { runEventSource } from '../kinesis/event-source.ts';
import type { Resolver } from '../step-functions/intrinsics.ts';

/** A Firehose stream that reads a Kinesis stream and writes to S3, as the template has it. */
export interface DeliveryProperties {
  DeliveryStreamName?: string;
  KinesisStreamSourceConfiguration: { KinesisStreamARN: string };
  ExtendedS3DestinationConfiguration: {
    BucketARN: string;
    Prefix?: string;
    CompressionFormat?: string;
    BufferingHints?: { IntervalInSeconds?: number; SizeInMBs?: number };
    ProcessingConfiguration?: {
      Enabled?: boolean;
      Processors?: { Type: string; Parameters?: { ParameterName: string; ParameterValue: string }[] }[];
    };
  };
}

export interface DeliveryDeps {
  kinesis: KinesisClient;
  s3: S3Client;
  clock: Clock;
  region: string;
  warn(message: string): void;
  /** Where the position in each shard is kept between starts. */
  checkpointFile: string;
  pollEveryMs?: number;
  /** Real time. */
  longestBufferMs?: number;
}

export function readDeliveries(resolver: Resolver): (DeliveryProperties & { id: string })[] {
  return resolver.idsOf('AWS::KinesisFirehose::DeliveryStream').map((id) => ({ id, ...resolver.properties<DeliveryProperties>(id) }));
}

/** Firehose would wait up to 15 minutes; that is too long for local work. */
const defaultLongestBufferMs = 1_000;
const mebibyte = 1024 * 1024;

/**
 * Firehose: buffers records and writes them as one object, at least once. A record counts as read when its object is written, so
 * after a kill some may be written twice, as Firehose's own retries may do.
 * https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html
 * @returns when the signal aborts and what was buffered is written
 */
export async function runDelivery(properties: DeliveryProperties, deps: DeliveryDeps, signal: AbortSignal): Promise<void> {
  const streamArn = properties.KinesisStreamSourceConfiguration.KinesisStreamARN;
  const { IntervalInSeconds = 300, SizeInMBs = 5 } = properties.ExtendedS3DestinationConfiguration.BufferingHints ?? {};
  const flushAfterMs = Math.min((IntervalInSeconds * 1000) / deps.clock.scale, deps.longestBufferMs ?? defaultLongestBufferMs);
  const delimiter = delimiterOf(properties);
  let buffer: Buffer[] = [];
  let bytes = 0;
  let flushing: { full: AbortController; done: Promise<void> } | undefined;

  const flush = async (full: AbortController) => {
    await sleep(flushAfterMs, undefined, { signal: AbortSignal.any([signal, full.signal]) }).catch(() => undefined);
    flushing = undefined;
    const body = Buffer.concat(buffer);
    buffer = [];
    bytes = 0;
    await write(properties, body, deps);
  };
  const deliver = (event: unknown): Promise<void> => {
    for (const { kinesis } of (event as { Records: { kinesis: { data: string } }[] }).Records) {
      const record = Buffer.concat([Buffer.from(kinesis.data, 'base64'), delimiter]);
      buffer.push(record);
      bytes += record.length;
    }
    if (flushing === undefined) {
      const full = new AbortController();
      flushing = { full, done: flush(full) };
    }
    const { full, done } = flushing;
    if (bytes >= SizeInMBs * mebibyte) full.abort();
    return done;
  };

  await runEventSource(
    { BatchSize: 10_000, StartingPosition: 'TRIM_HORIZON' },
    { ...deps, invoke: deliver, discard: async () => undefined, streamArn, streamName: streamArn.split('/')[1]! },
    signal,
  );
}

async function write(properties: DeliveryProperties, body: Buffer, { s3, clock }: DeliveryDeps): Promise<void> {
  const { BucketARN, Prefix, CompressionFormat = 'UNCOMPRESSED' } = properties.ExtendedS3DestinationConfiguration;
  const now = new Date(clock.nowMs());
  const isGzip = CompressionFormat === 'GZIP';
  if (!isGzip && CompressionFormat !== 'UNCOMPRESSED')
    throw new Error(`CompressionFormat ${CompressionFormat} is not known to the local runtime`);
  const stamp = now.toISOString().slice(0, 19).replace(/[T:]/g, '-');
  const name = `${properties.DeliveryStreamName ?? 'delivery'}-1-${stamp}-${randomUUID()}${isGzip ? '.gz' : ''}`;
  const Bucket = BucketARN.split(':::')[1];
  await s3.send(new PutObjectCommand({ Bucket, Key: `${prefixAt(Prefix, now)}${name}`, Body: isGzip ? gzipSync(body) : body }));
}

/** Puts the parts of a UTC instant into `!{timestamp:yyyy/MM/dd/HH}`. A prefix without one gets Firehose's own, by the hour. */
export function prefixAt(prefix: string | undefined, now: Date): string {
  const [yyyy, MM, dd, HH] = now.toISOString().split(/[-T:]/) as [string, string, string, string];
  const parts: Record<string, string> = { yyyy, MM, dd, HH };
  const pattern = /!\{timestamp:([^}]+)\}/g;
  const text = pattern.test(prefix ?? '') ? prefix! : `${prefix ?? ''}!{timestamp:yyyy/MM/dd/HH/}`;
  return text.replace(pattern, (_all, format: string) => format.replace(/yyyy|MM|dd|HH/g, (part) => parts[part]!));
}

function delimiterOf({ ExtendedS3DestinationConfiguration: { ProcessingConfiguration } }: DeliveryProperties): Buffer {
  const processors = ProcessingConfiguration?.Enabled ? (ProcessingConfiguration.Processors ?? []) : [];
  const unknown = processors.find(({ Type }) => Type !== 'AppendDelimiterToRecord');
  if (unknown) throw new Error(`Firehose processor ${unknown.Type} is not known to the local runtime`);
  const delimiter = processors[0]?.Parameters?.find(({ ParameterName }) => ParameterName === 'Delimiter')?.ParameterValue;
  return Buffer.from((processors.length === 0 ? '' : (delimiter ?? '\\n')).replaceAll('\\n', '\n'));
}
