import { randomUUID } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../time/clock.ts';
import { lambdaEvent, type Discarded } from './event-source.ts';

export interface Destination {
  s3: S3Client;
  bucket: string;
  clock: Clock;
  mappingId: string;
  functionArn: string;
  streamArn: string;
  region: string;
}

/** Writes a discarded batch as Lambda does to an S3 destination: the invocation record and, in `payload`, the event itself. */
export async function storeInBucket(destination: Destination, { shardId, condition, invokeCount, records }: Discarded): Promise<void> {
  const { s3, bucket, clock, mappingId, functionArn, streamArn } = destination;
  const at = new Date(clock.nowMs()).toISOString();
  const [day, time] = [at.slice(0, 10), at.slice(11, 19).replaceAll(':', '.')];
  const iso = (ms: number) => new Date(ms).toISOString();
  const record = {
    requestContext: { requestId: randomUUID(), functionArn, condition, approximateInvokeCount: invokeCount },
    ...(condition === 'RetryAttemptsExhausted' && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    }),
    version: '1.0',
    timestamp: at,
    KinesisBatchInfo: {
      shardId,
      startSequenceNumber: records[0]!.sequenceNumber,
      endSequenceNumber: records.at(-1)!.sequenceNumber,
      approximateArrivalOfFirstRecord: iso(records[0]!.arrivedAtMs),
      approximateArrivalOfLastRecord: iso(records.at(-1)!.arrivedAtMs),
      batchSize: records.length,
      streamArn,
    },
    payload: JSON.stringify(lambdaEvent(shardId, records, destination)),
  };
  const Key = `aws/lambda/${mappingId}/${shardId}/${day.replaceAll('-', '/')}/${day}T${time}-${randomUUID()}`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: JSON.stringify(record), ContentType: 'application/json' }));
}
