import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client, paginateListBuckets } from '@aws-sdk/client-s3';
import { kinesisClient } from '../../lambdas/adapters/clients.ts';
import { createAwsClients } from '../../local/stack/aws-clients.ts';
import { readEndpoints } from '../../local/stack/endpoints.ts';
import { UsageError } from '../simulate/errors.ts';

/** The Segue that a command works on. */
export interface Target {
  kinesis: KinesisClient;
  s3: S3Client;
  streamName: string;
  /** The bucket of dead letters. @throws UsageError when it cannot be found by the stage's name */
  deadLetterBucket(): Promise<string>;
}

export interface TargetFlags {
  /** Data folder of a Segue that runs on this machine. */
  local?: string;
  stage?: string;
  stream?: string;
  bucket?: string;
}

/**
 * Finds a Segue: one on this machine by its data folder, or a deployment by its stage, with the environment's credentials and region.
 * @throws Error when the data folder is not in use; UsageError when both are named
 */
export function findTarget({ local, stage, stream, bucket }: TargetFlags): Target {
  if (local !== undefined && stage !== undefined) throw new UsageError('--local and --stage exclude each other');
  if (local !== undefined) {
    const endpoints = readEndpoints(local);
    const { kinesis, s3 } = createAwsClients(endpoints, endpoints.region);
    return { kinesis, s3, streamName: stream ?? endpoints.streamName, deadLetterBucket: async () => bucket ?? endpoints.deadLetterBucket };
  }
  const stageName = stage ?? 'dev';
  const s3 = new S3Client({});
  return {
    kinesis: kinesisClient(),
    s3,
    streamName: stream ?? streamOf(stageName),
    deadLetterBucket: async () => bucket ?? (await deadLetterBucketOf(s3, stageName)),
  };
}

export const streamOf = (stage: string): string => `segue-${stage}-events`;

/** How CloudFormation begins the name that it makes for a stage's bucket of dead letters. */
export const deadLetterBucketPrefix = (stage: string): string => `segue-${stage}-storagedeadletters`;

async function deadLetterBucketOf(client: S3Client, stage: string): Promise<string> {
  const prefix = deadLetterBucketPrefix(stage);
  const found: string[] = [];
  for await (const { Buckets = [] } of paginateListBuckets({ client }, { Prefix: prefix })) {
    found.push(...Buckets.flatMap(({ Name = '' }) => (Name.startsWith(prefix) ? [Name] : [])));
  }
  if (found.length === 1) return found[0] as string;
  const problem = found.length === 0 ? 'no bucket in this account is' : `several buckets (${found.join(', ')}) are`;
  throw new UsageError(
    `stage ${JSON.stringify(stage)}: ${problem} named ${prefix}...; give the stack's output DeadLetterBucket with --bucket`,
  );
}
