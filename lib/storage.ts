import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { accept } from './nag.ts';
import { isProduction, resourceName } from './names.ts';
import { privateBucket } from './parts/private-bucket.ts';

export interface StorageProps {
  stageName: string;
  /** Each shard takes 1,000 events or 1 MB a second. */
  shards: number;
  /** 24 at least. Hours beyond that are for an operator who has to stop the consumer. */
  streamRetentionHours: number;
}

/**
 * Request metrics of the dead-letter bucket, by name: what process-events and the event source mapping put aside. Letters that
 * went back into the stream lie under another prefix and are not counted again.
 */
export const deadLetterMetrics = { unreadable: 'poison/', failed: 'aws/lambda/' } as const;

/** Storage: the stream of events, the tables, and the bucket of dead letters. */
export class Storage extends Construct {
  readonly stream: Stream;
  /** `userKey`, `part`: profile, content, segment transitions and conversions of one person. Transitions and conversions expire. */
  readonly profiles: Table;
  /** `kind`, `id`: write keys, thresholds, suppressions, signing keys, products. */
  readonly control: Table;
  /** `sendId`: one email to one person. */
  readonly sends: Table;
  readonly deadLetters: Bucket;
  private readonly isProtected: boolean;

  constructor(scope: Construct, id: string, { stageName, shards, streamRetentionHours }: StorageProps) {
    super(scope, id);
    this.stream = new Stream(this, 'Events', {
      streamName: resourceName(stageName, 'events'),
      streamMode: StreamMode.PROVISIONED,
      shardCount: shards,
      retentionPeriod: Duration.hours(streamRetentionHours),
      encryption: StreamEncryption.MANAGED,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    this.isProtected = isProduction(stageName);
    this.profiles = this.table('Profiles', { partitionKey: key('userKey'), sortKey: key('part'), timeToLiveAttribute: 'expiresAtS' });
    this.profiles.addGlobalSecondaryIndex({
      indexName: 'due',
      partitionKey: key('dueShard'),
      sortKey: { name: 'dueAtMs', type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.control = this.table('Control', { partitionKey: key('kind'), sortKey: key('id'), timeToLiveAttribute: 'expiresAtS' });
    this.sends = this.table('Sends', { partitionKey: key('sendId'), timeToLiveAttribute: 'expiresAtS' });

    // Dead letters hold personal data, so they are deleted after three months.
    const metrics = Object.entries(deadLetterMetrics).map(([id, prefix]) => ({ id, prefix }));
    this.deadLetters = privateBucket(this, 'DeadLetters', { expiration: Duration.days(90) }, { metrics });
    accept(
      this.deadLetters,
      'S1',
      'Written by the pipeline, and read by operators and by the monthly count. Who reads objects is on record only where the account has a trail with data events of S3; server access logs would need a bucket of their own.',
    );
  }

  private table(id: string, props: Omit<TableProps, 'tableName'>): Table {
    return new Table(this, id, {
      ...props,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      deletionProtection: this.isProtected,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Kept when the stack is deleted, but removed again when its first deployment fails.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }
}

const key = (name: string) => ({ name, type: AttributeType.STRING });
