import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import config from '../../../examples/bookstore/segue.config.ts';
import { findWorld } from '../../../tools/smoke/world.ts';
import { AwsError, createWire, type Wire } from '../../support/aws-wire/wire.ts';

let wire: Wire;
const common = { region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
const clients = { dynamodb: new DynamoDBClient(common), s3: new S3Client(common), sts: new STSClient(common), cloudformation: new CloudFormationClient(common) };

beforeAll(async () => {
  wire = await createWire();
  vi.stubEnv('AWS_ENDPOINT_URL', wire.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  wire.on(clients.sts, GetCallerIdentityCommand, { Account: '123456789012', Arn: 'arn:aws-us-gov:iam::123456789012:user/ops', UserId: 'x' });
  wire.on(clients.dynamodb, ListTablesCommand, { TableNames: ['Profiles', 'Control', 'Sends'].map((name) => `Segue-prod-Storage${name}1A2B-3C`) });
  wire.on(clients.s3, ListBucketsCommand, { Buckets: ['archivebucket', 'storagedeadletters'].map((name) => ({ Name: `segue-prod-${name}1a2b-3c` })) });
  wire.on(clients.cloudformation, DescribeStacksCommand, { Stacks: [{ StackName: 'Segue-prod', CreationTime: new Date(0), StackStatus: 'CREATE_COMPLETE', Outputs: [{ OutputKey: 'Endpoint', OutputValue: 'https://events.example.com/' }] }] });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const client of Object.values(clients)) client.destroy();
  await wire.close();
});

test('the smoke test finds a stage by its stack, in the region that stages.ts names', async () => {
  const world = await findWorld({ stageName: 'prod' }, 'eu-west-1', config, 'run');
  world.close();
  expect(world).toMatchObject({ endpoint: 'https://events.example.com', machineArnPrefix: 'arn:aws-us-gov:states:eu-west-1:123456789012:stateMachine:segue-prod-', signingKeys: '/segue/prod/signing-keys', isLocal: false });
  expect(world.target).toMatchObject({ profilesTable: 'Segue-prod-StorageProfiles1A2B-3C', controlTable: 'Segue-prod-StorageControl1A2B-3C', sendsTable: 'Segue-prod-StorageSends1A2B-3C', archiveBucket: 'segue-prod-archivebucket1a2b-3c' });
  expect(world.cloudwatch).toBeDefined();
});

test('a stage that is not deployed is named', async () => {
  await expect(findWorld({ stageName: 'dev' }, 'eu-west-1', config, 'run')).rejects.toThrow('no table named Segue-dev-StorageProfiles... in this account and region');
  wire.on(clients.cloudformation, DescribeStacksCommand, new AwsError('ValidationError', 'Stack with id Segue-prod does not exist'));
  await expect(findWorld({ stageName: 'prod' }, 'eu-west-1', config, 'run')).rejects.toThrow('has no output Endpoint');
});
