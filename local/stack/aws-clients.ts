import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { marshallOptions } from '../../lambdas/adapters/clients.ts';

export interface AwsClients {
  dynamodb: DynamoDBClient;
  documents: DynamoDBDocumentClient;
  kinesis: KinesisClient;
  s3: S3Client;
  close(): void;
}

/** The runtime's own clients. kinesalite speaks HTTP/1.1 only, and the local S3 wants bucket names in the path. */
export function createAwsClients(urls: { dynamodbUrl: string; kinesisUrl: string; s3Url: string }, region: string): AwsClients {
  const common = { region, credentials: localCredentials };
  const dynamodb = new DynamoDBClient({ ...common, endpoint: urls.dynamodbUrl });
  const kinesis = new KinesisClient({ ...common, endpoint: urls.kinesisUrl, requestHandler: new NodeHttpHandler() });
  const s3 = new S3Client({ ...common, endpoint: urls.s3Url, forcePathStyle: true });
  return {
    dynamodb,
    documents: DynamoDBDocumentClient.from(dynamodb, { marshallOptions }),
    kinesis,
    s3,
    close: () => [dynamodb, kinesis, s3].forEach((client) => client.destroy()),
  };
}

/** The emulators take any key pair. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };
