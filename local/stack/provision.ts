import { CreateTableCommand, DescribeTableCommand, type CreateTableCommandInput, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  IncreaseStreamRetentionPeriodCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis';
import type { Resolver } from '../step-functions/intrinsics.ts';

interface TableProperties {
  KeySchema: CreateTableCommandInput['KeySchema'];
  AttributeDefinitions: CreateTableCommandInput['AttributeDefinitions'];
  GlobalSecondaryIndexes?: CreateTableCommandInput['GlobalSecondaryIndexes'];
}

interface StreamProperties {
  ShardCount?: number;
  RetentionPeriodHours?: number;
}

/** Makes the template's tables and streams where they are missing. @throws Error when a table has other keys than the template says */
export async function provision(resolver: Resolver, dynamodb: DynamoDBClient, kinesis: KinesisClient): Promise<void> {
  await Promise.all([
    ...resolver
      .idsOf('AWS::DynamoDB::Table')
      .map((id) => ensureTable(dynamodb, resolver.ref(id), resolver.properties<TableProperties>(id))),
    ...resolver
      .idsOf('AWS::Kinesis::Stream')
      .map((id) => ensureStream(kinesis, resolver.ref(id), resolver.properties<StreamProperties>(id))),
  ]);
}

/** @returns the name of the partition key of a table or of its index, by their names */
export function partitionKeysOf(resolver: Resolver): (tableName: string, indexName?: string) => string | undefined {
  const tables = new Map(resolver.idsOf('AWS::DynamoDB::Table').map((id) => [resolver.ref(id), resolver.properties<TableProperties>(id)]));
  return (tableName, indexName) => {
    const table = tables.get(tableName);
    const keys = indexName === undefined ? table?.KeySchema : table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === indexName)?.KeySchema;
    return keys?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName;
  };
}

async function ensureTable(client: DynamoDBClient, name: string, wanted: TableProperties): Promise<void> {
  const found = await unlessMissing(client.send(new DescribeTableCommand({ TableName: name })));
  if (!found) {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: wanted.KeySchema,
        AttributeDefinitions: wanted.AttributeDefinitions,
        ...(wanted.GlobalSecondaryIndexes && { GlobalSecondaryIndexes: wanted.GlobalSecondaryIndexes }),
      }),
    );
    return;
  }
  const [now, then] = [wanted, found.Table!].map(({ KeySchema, GlobalSecondaryIndexes: indexes }) =>
    JSON.stringify([KeySchema, indexes?.map((index) => [index.IndexName, index.KeySchema]) ?? []]),
  );
  if (now !== then)
    throw new Error(`table ${name} in the data folder has other keys or indexes than the template; start again with --fresh`);
}

async function ensureStream(
  client: KinesisClient,
  name: string,
  { ShardCount = 1, RetentionPeriodHours = 24 }: StreamProperties,
): Promise<void> {
  if (await unlessMissing(client.send(new DescribeStreamSummaryCommand({ StreamName: name })))) return;
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount }));
  await untilActive(client, name);
  if (RetentionPeriodHours > 24) await client.send(new IncreaseStreamRetentionPeriodCommand({ StreamName: name, RetentionPeriodHours }));
}

async function untilActive(client: KinesisClient, name: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    if (StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`stream ${name} did not become active within 2 s`);
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}
