import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListTablesCommand, type ListTablesCommandOutput } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client, paginateListBuckets } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { documentClient, kinesisClient } from '../../lambdas/adapters/clients.ts';
import { createAwsClients } from '../../local/stack/aws-clients.ts';
import { readEndpoints } from '../../local/stack/endpoints.ts';
import { deadLetterBucketPrefix } from '../stream/target.ts';

/** The Segue that is replayed or reported on. */
export interface Target {
  documents: DynamoDBDocumentClient;
  kinesis: KinesisClient;
  s3: S3Client;
  streamName: string;
  profilesTable: string;
  controlTable: string;
  sendsTable: string;
  archiveBucket: string;
  deadLetterBucket: string;
  /** Missing where no reports are kept, as locally; nothing but a comparison of months needs it. */
  reportBucket?: string | undefined;
  /** Its present; a local one may be in another time. */
  nowMs: number;
}

/**
 * Finds a deployment by its stage, with the environment's credentials and region.
 * @throws Error naming what was looked for, unless there is exactly one of each
 */
export async function stageTarget(stage: string): Promise<Target> {
  const clients = { documents: documentClient(), kinesis: kinesisClient(), s3: new S3Client({}) };
  const tables = await tableNames(clients.documents);
  const buckets = await bucketNames(clients.s3);
  return {
    ...clients,
    streamName: `segue-${stage}-events`,
    profilesTable: only('table', `Segue-${stage}-StorageProfiles`, tables),
    controlTable: only('table', `Segue-${stage}-StorageControl`, tables),
    sendsTable: only('table', `Segue-${stage}-StorageSends`, tables),
    archiveBucket: only('bucket', `segue-${stage}-archivebucket`, buckets),
    deadLetterBucket: only('bucket', deadLetterBucketPrefix(stage), buckets),
    reportBucket: buckets.find((name) => name.startsWith(`segue-${stage}-reportbucket`)),
    nowMs: Date.now(),
  };
}

/**
 * Finds the Segue that runs on this machine with a data folder. Its resources have the names of the template.
 * @throws Error when none runs
 */
export async function localTarget(dataDir: string): Promise<Target> {
  const endpoints = readEndpoints(dataDir);
  const { documents, kinesis, s3 } = createAwsClients(endpoints, endpoints.region);
  const tables = await tableNames(documents);
  const { virtualMs } = JSON.parse(readFileSync(join(dataDir, 'clock.json'), 'utf8')) as { virtualMs: number };
  return {
    documents,
    kinesis,
    s3,
    streamName: endpoints.streamName,
    profilesTable: only('table', 'StorageProfiles', tables),
    controlTable: only('table', 'StorageControl', tables),
    sendsTable: only('table', 'StorageSends', tables),
    archiveBucket: only('bucket', 'archivebucket', await bucketNames(s3)),
    deadLetterBucket: endpoints.deadLetterBucket,
    nowMs: virtualMs,
  };
}

function only(kind: string, prefix: string, names: readonly string[]): string {
  const found = names.filter((name) => name.startsWith(prefix));
  if (found.length === 1) return found[0] as string;
  throw new Error(
    `${found.length === 0 ? `no ${kind}` : `several ${kind}s (${found.join(', ')})`} named ${prefix}... in this account and region`,
  );
}

export async function tableNames(client: DynamoDBDocumentClient): Promise<string[]> {
  const names: string[] = [];
  let page: ListTablesCommandOutput | undefined;
  do {
    page = await client.send(new ListTablesCommand({ ExclusiveStartTableName: page?.LastEvaluatedTableName }));
    names.push(...(page.TableNames ?? []));
  } while (page.LastEvaluatedTableName !== undefined);
  return names;
}

export async function bucketNames(client: S3Client): Promise<string[]> {
  const names: string[] = [];
  for await (const { Buckets = [] } of paginateListBuckets({ client }, {})) names.push(...Buckets.map(({ Name = '' }) => Name));
  return names;
}
