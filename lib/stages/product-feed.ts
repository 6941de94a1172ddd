import { Duration, Stack } from 'aws-cdk-lib';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Stage } from '../../lambdas/schemas/stages.ts';
import type { CodeOf } from '../parts/bundle.ts';
import { accept, arnReferenceInFinding } from '../nag.ts';
import { privateBucket } from '../parts/private-bucket.ts';
import { failureQueue } from '../parts/queues.ts';
import { scheduleFunction } from '../parts/schedule.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { onKinds } from '../parts/table-access.ts';
import type { Storage } from '../storage.ts';

export interface ProductFeedProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  feed: NonNullable<Stage['productFeed']>;
}

/** The catalogue from the shop's product feed, which lies in S3, on a schedule. */
export class ProductFeed extends Construct {
  readonly failures: IQueue;
  /** Where no bucket of the shop's is named. */
  readonly ownBucket: Bucket | undefined;

  constructor(scope: Construct, id: string, { stageName, code, storage, feed }: ProductFeedProps) {
    super(scope, id);
    this.ownBucket = feed.bucket === undefined ? this.createBucket() : undefined;
    const bucket: IBucket = this.ownBucket ?? Bucket.fromBucketName(this, 'Named', feed.bucket as string);
    this.failures = failureQueue(this, stageName, 'product-feed-failures');
    const isPrefix = feed.key.endsWith('/');
    const objects = bucket.arnForObjects(isPrefix ? `${feed.key}*` : feed.key);
    const importProducts = new StageFunction(this, 'ImportProducts', {
      stageName,
      stage: 'import-products',
      description: "Brings the catalogue to what the shop's product feed says",
      code,
      environment: { CONTROL_TABLE: storage.control.tableName, FEED_BUCKET: bucket.bucketName, FEED_KEY: feed.key },
      allow: [
        onKinds(storage.control, ['Query', 'UpdateItem'], ['product']),
        onKinds(storage.control, ['GetItem', 'PutItem'], ['product-feed']),
        allow(['s3:GetObject'], [objects]),
        // Without it, S3 answers a missing feed with 403 instead of 404.
        allow(['s3:ListBucket'], [bucket.bucketArn], isPrefix ? { StringLike: { 's3:prefix': `${feed.key}*` } } : undefined),
      ],
      memoryMb: 1024,
      timeoutSeconds: 900,
      failures: this.failures,
    });
    if (isPrefix)
      accept(
        this,
        `IAM5[Resource::${this.ownBucket ? arnReferenceInFinding(this.ownBucket) : `arn:${Stack.of(this).partition === 'aws' ? 'aws' : '<AWS::Partition>'}:s3:::${feed.bucket}`}/${feed.key}*]`,
        'The newest object below this one prefix is the feed.',
      );
    scheduleFunction(this, {
      stageName,
      name: 'import-products',
      schedule: ScheduleExpression.rate(Duration.hours(feed.everyHours)),
      target: importProducts,
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      failures: this.failures,
    });
  }

  private createBucket(): Bucket {
    const bucket = privateBucket(this, 'Bucket', { expiration: Duration.days(400) });
    accept(bucket, 'S1', 'Holds product feeds, which the shop publishes anyway, and nobody\'s personal data.');
    return bucket;
  }
}
