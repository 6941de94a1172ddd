import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

type Rule = NonNullable<BucketProps['lifecycleRules']>[number];

/** A bucket that nobody outside reads, over TLS only, and that outlives its stack. */
export const privateBucket = (scope: Construct, id: string, lifecycle: Rule, more: Pick<BucketProps, 'metrics' | 'versioned'> = {}): Bucket =>
  new Bucket(scope, id, {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    // Kept when the stack is deleted, but removed again when its first deployment fails.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    lifecycleRules: [{ ...lifecycle, abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    ...more,
  });
