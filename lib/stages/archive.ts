import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { LogGroup, LogStream, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { StorageClass, type Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { accept, arnReferenceInFinding } from '../nag.ts';
import { isProduction, resourceName } from '../names.ts';
import { privateBucket } from '../parts/private-bucket.ts';
import { allow } from '../parts/stage-function.ts';
import type { Storage } from '../storage.ts';

export interface ArchiveProps {
  stageName: string;
  storage: Storage;
  /** Events older than that are deleted. */
  keepDays: number;
}

/** Keeps every record of the stream, so that profiles can be rebuilt under other rules. */
export class Archive extends Construct {
  /** `events/<yyyy>/<MM>/<dd>/<HH>/`: gzipped records, one a line, in the order of their shard. */
  readonly bucket: Bucket;
  /** Age in seconds of the oldest record that is not in the bucket yet. */
  readonly freshness: Metric;

  constructor(scope: Construct, id: string, { stageName, storage, keepDays }: ArchiveProps) {
    super(scope, id);
    this.bucket = this.createBucket(keepDays, isProduction(stageName));
    const deliveryStreamName = resourceName(stageName, 'archive');
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/segue/${stageName}/archive`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logStream = new LogStream(this, 'LogStream', { logGroup, logStreamName: 'delivery', removalPolicy: RemovalPolicy.DESTROY });
    const role = this.createRole(storage, logGroup, logStream);

    const delivery = new CfnDeliveryStream(this, 'Delivery', {
      deliveryStreamName,
      deliveryStreamType: 'KinesisStreamAsSource',
      kinesisStreamSourceConfiguration: { kinesisStreamArn: storage.stream.streamArn, roleArn: role.roleArn },
      extendedS3DestinationConfiguration: {
        bucketArn: this.bucket.bucketArn,
        roleArn: role.roleArn,
        prefix: 'events/!{timestamp:yyyy/MM/dd/HH}/',
        errorOutputPrefix: 'errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/',
        compressionFormat: 'GZIP',
        // Few large objects: a replay reads all of them, and the stream holds what is not here yet for a day at least.
        bufferingHints: { intervalInSeconds: 900, sizeInMBs: 64 },
        processingConfiguration: {
          enabled: true,
          processors: [{ type: 'AppendDelimiterToRecord', parameters: [{ parameterName: 'Delimiter', parameterValue: '\\n' }] }],
        },
        cloudWatchLoggingOptions: { enabled: true, logGroupName: logGroup.logGroupName, logStreamName: logStream.logStreamName },
      },
    });
    // Firehose checks at its creation that it may read and write.
    delivery.node.addDependency(role);
    accept(delivery, 'KDF1', 'Its source is a stream that is encrypted itself; Firehose takes no encryption of its own beside that.');

    this.freshness = new Metric({
      namespace: 'AWS/Firehose',
      metricName: 'DeliveryToS3.DataFreshness',
      dimensionsMap: { DeliveryStreamName: deliveryStreamName },
      statistic: 'Maximum',
      period: Duration.minutes(5),
    });
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
      'Written by Firehose and read by operators only. Who reads objects is on record only where the account has a trail with data events of S3; server access logs would need a bucket of their own.',
    );
    return bucket;
  }

  private createRole({ stream }: Storage, logGroup: LogGroup, logStream: LogStream): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'sts:ExternalId': Stack.of(this).account } },
      }),
    });
    const ownLog = Stack.of(this).formatArn({
      service: 'logs',
      resource: `log-group:${logGroup.logGroupName}:log-stream:${logStream.logStreamName}`,
    });
    for (const statement of [
      allow(['kinesis:DescribeStream', 'kinesis:GetShardIterator', 'kinesis:GetRecords', 'kinesis:ListShards'], [stream.streamArn]),
      allow(['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], [this.bucket.bucketArn]),
      allow(['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], [this.bucket.arnForObjects('*')]),
      allow(['logs:PutLogEvents'], [ownLog]),
    ]) {
      role.addToPolicy(statement);
    }
    accept(
      role,
      `IAM5[Resource::${arnReferenceInFinding(this.bucket)}/*]`,
      'Firehose names the objects; the grant covers this one bucket.',
    );
    return role;
  }
}
