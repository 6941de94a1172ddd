import type { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { STSClient } from '@aws-sdk/client-sts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { Stage } from '../../lambdas/schemas/stages.ts';
import type { Finding } from './finding.ts';
import type { Template } from './template.ts';

export interface Clients {
  sts: STSClient;
  cloudformation: CloudFormationClient;
  dynamodb: DynamoDBClient;
  kinesis: KinesisClient;
  lambda: LambdaClient;
  apigateway: APIGatewayClient;
  cloudwatch: CloudWatchClient;
  sns: SNSClient;
  scheduler: SchedulerClient;
  eventbridge: EventBridgeClient;
  states: SFNClient;
  s3: S3Client;
  sqs: SQSClient;
  ses: SESv2Client;
}

/** What is deployed, as the one who deployed it knows: CloudFormation, or the local runtime. */
export interface Deployed {
  /** State of the stack, or undefined when it is not deployed. */
  status(): Promise<{ name: string; status: string; reason?: string } | undefined>;
  template(): Promise<Template>;
  /** The name that a resource got. @throws Error when the stack has no such resource */
  physicalId(logicalId: string): Promise<string>;
  /** Where the API answers, with a slash at its end. */
  endpoint(): Promise<string>;
}

/** What the checks look at. */
export interface Context {
  stageName: string;
  /** As stages.ts describes it. */
  stage: Stage;
  config: Pick<Config, 'sender' | 'campaigns'>;
  /** What this folder would deploy. */
  template: Template;
  deployed: Deployed;
  clients: Clients;
  isLocal: boolean;
  nowMs(): number;
}

export interface Check {
  name: string;
  /** IAM actions that the operator needs for it. */
  permissions: readonly string[];
  run(context: Context): Promise<Finding | readonly Finding[]>;
}

/** An API that the local runtime does not have. */
export class NotAvailable extends Error {
  override name = 'NotAvailable';
}
