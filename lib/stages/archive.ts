import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { StorageClass, type Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { accept, arnReferenceInFinding } from '../nag.ts';
import { isProduction } from '../names.ts';
import type { CodeOf } from '../parts/bundle.ts';
import { privateBucket } from '../parts/private-bucket.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { streamReading } from '../parts/stream-reading.ts';
import type { Storage } from '../storage.ts';

export interface ArchiveProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  /** Events older than that are deleted. */
  keepDays: number;
  /** Are events written? Without that, the bucket keeps what it has. */
  isWritten: boolean;
}

/** Keeps every record of the stream, so that profiles can be rebuilt under other rules. */
export class Archive extends Construct {
  /** `events/<yyyy>/<MM>/<dd>/<HH>/`: gzipped records, one a line, in the order of their shard. */
  readonly bucket: Bucket;
  /** Age in milliseconds of the last record that was read; undefined where nothing is written. */
  readonly age: Metric | undefined;

  constructor(scope: Construct, id: string, props: ArchiveProps) {
    super(scope, id);
    this.bucket = this.createBucket(props.keepDays, isProduction(props.stageName));
    this.age = props.isWritten ? this.write(props) : undefined;
  }

  private createBucket(keepDays: number, versioned: boolean): Bucket {
    const bucket = privateBucket(this, 'Bucket', {
      expiration: Duration.days(keepDays),
      // Readable at once, as a replay needs it, at about a sixth of the price.
      ...(keepDays > 180 && { transitions: [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(90) }] }),
      // What was overwritten or deleted by mistake can be fetched back for a month; then it is gone, an erased person's lines as well.
      ...(versioned && { noncurrentVersionExpiration: Duration.days(30) }),
    }, { versioned });
    accept(
      bucket,
      'S1',
      'Written by one function and read by operators only. Who reads objects is on record only where the account has a trail with data events of S3; server access logs would need a bucket of their own.',
    );
    return bucket;
  }

  private write({ stageName, code, storage: { stream } }: ArchiveProps): Metric {
    const archiveEvents = new StageFunction(this, 'ArchiveEvents', {
      stageName,
      stage: 'archive-events',
      description: 'Writes all events to S3',
      code,
      environment: { ARCHIVE_BUCKET: this.bucket.bucketName },
      allow: [streamReading(stream), allow(['s3:PutObject'], [this.bucket.arnForObjects('events/*')])],
      memoryMb: 512,
      timeoutSeconds: 60,
    });
    accept(this, `IAM5[Resource::${arnReferenceInFinding(this.bucket)}/events/*]`, 'Objects are named by hour and content; the grant covers this one folder.');
    new EventSourceMapping(this, 'Events', {
      target: archiveEvents,
      eventSourceArn: stream.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      // The largest batches that Lambda makes: each is a request of S3, and an object for a replay to open.
      batchSize: 10_000,
      maxBatchingWindow: Duration.minutes(5),
      bisectBatchOnError: true,
    });
    return archiveEvents.metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(5) });
  }
}
