import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { localCredentials } from '../../local/stack/aws-clients.ts';
import type { Endpoints } from '../../local/stack/endpoints.ts';
import { NotAvailable, type Clients } from './context.ts';

/** Somebody waits for the answer. */
const patience = { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true };

interface Settings {
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** @param endpointOf the address of a service; undefined for AWS's own, or what AWS_ENDPOINT_URL says */
function clientsWith(common: Settings, endpointOf: (name: keyof Clients) => { endpoint?: string }): Clients {
  const settings = (name: keyof Clients) => ({ ...common, ...endpointOf(name), requestHandler: patience });
  return {
    sts: new STSClient(settings('sts')),
    cloudformation: new CloudFormationClient(settings('cloudformation')),
    dynamodb: new DynamoDBClient(settings('dynamodb')),
    // HTTP/1.1, which every emulator has.
    kinesis: new KinesisClient({ ...settings('kinesis'), requestHandler: new NodeHttpHandler(patience) }),
    lambda: new LambdaClient(settings('lambda')),
    apigateway: new APIGatewayClient(settings('apigateway')),
    cloudwatch: new CloudWatchClient(settings('cloudwatch')),
    sns: new SNSClient(settings('sns')),
    scheduler: new SchedulerClient(settings('scheduler')),
    eventbridge: new EventBridgeClient(settings('eventbridge')),
    states: new SFNClient(settings('states')),
    // Emulators have no names of their own for buckets.
    s3: new S3Client({ ...settings('s3'), forcePathStyle: isEmulated(endpointOf('s3').endpoint) }),
    sqs: new SQSClient(settings('sqs')),
    ses: new SESv2Client(settings('ses')),
  };
}

const isEmulated = (endpoint: string | undefined): boolean => (endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) !== undefined;

/** Of a deployment, with the credentials of the environment. */
export const stageClients = (region: string | undefined): Clients => clientsWith(region === undefined ? {} : { region }, () => ({}));

/** Of the Segue that runs on this machine. What it has not, answers so. */
export function localClients({ region, ...urls }: Endpoints): Clients {
  const endpoints: Partial<Record<keyof Clients, string | undefined>> = { dynamodb: urls.dynamodbUrl, kinesis: urls.kinesisUrl, s3: urls.s3Url, states: urls.statesUrl, ses: urls.emailUrl, apigateway: urls.apiGatewayUrl };
  const clients = clientsWith({ region, credentials: localCredentials }, (name) => ({ endpoint: endpoints[name] ?? 'http://127.0.0.1:1' }));
  for (const [name, client] of Object.entries(clients) as [keyof Clients, Clients['sts']][]) {
    if (endpoints[name] === undefined) client.middlewareStack.add(() => () => Promise.reject(new NotAvailable(`the local runtime has no ${name}`)), { step: 'initialize', name: 'notAvailable' });
  }
  return clients;
}

export const closeClients = (clients: Clients): void => Object.values(clients).forEach((client: { destroy(): void }) => client.destroy());
