import type { KinesisStreamEvent } from 'aws-lambda';
import type { Envelope } from '../../lambdas/schemas/event.ts';

/** A batch as Lambda gets it from Kinesis; strings go in as they are, for records that nobody can read. */
export function kinesisEvent(records: readonly (Envelope | string)[], first = 1): KinesisStreamEvent {
  return {
    Records: records.map((record, index) => ({
      awsRegion: 'eu-west-1',
      eventID: `shardId-000000000000:${first + index}`,
      eventName: 'aws:kinesis:record',
      eventSource: 'aws:kinesis',
      eventSourceARN: 'arn:aws:kinesis:eu-west-1:000000000000:stream/events',
      eventVersion: '1.0',
      invokeIdentityArn: 'arn:aws:iam::000000000000:role/process-events',
      kinesis: {
        approximateArrivalTimestamp: 0,
        data: Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)).toString('base64'),
        kinesisSchemaVersion: '1.0',
        partitionKey: typeof record === 'string' ? 'unreadable' : String(record.event.userId ?? record.event.anonymousId),
        sequenceNumber: String(first + index),
      },
    })),
  };
}
