import { GetStageCommand } from '@aws-sdk/client-api-gateway';
import { DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeContinuousBackupsCommand, DescribeTableCommand, DescribeTimeToLiveCommand, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRuleCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { GetAccountSettingsCommand, GetFunctionConfigurationCommand, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { GetAccountCommand, GetConfigurationSetEventDestinationsCommand, GetEmailIdentityCommand } from '@aws-sdk/client-sesv2';
import { DescribeStateMachineCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import config from '../../../examples/bookstore/segue.config.ts';
import { defineStages } from '../../../lambdas/schemas/stages.ts';
import { firstChecks, otherChecks } from '../../../tools/doctor/checks.ts';
import { closeClients } from '../../../tools/doctor/clients.ts';
import { deployedStack } from '../../../tools/doctor/deployed.ts';
import type { Context } from '../../../tools/doctor/context.ts';
import { exitCodeOf, linesOf } from '../../../tools/doctor/print.ts';
import { examine, type Result } from '../../../tools/doctor/run.ts';
import { stageContext } from '../../../tools/doctor/target.ts';
import type { Template } from '../../../tools/doctor/template.ts';
import { exampleStack, templateOf } from '../../lib/fixture.ts';
import { deploy, topic, topicPolicy } from '../../support/aws-wire/stage.ts';
import { AwsError, createWire, type Wire } from '../../support/aws-wire/wire.ts';

const stages = defineStages({ prod: { region: 'eu-west-1', account: '123456789012', shards: 2, alarmEmail: 'ops@example.com' } });
const template = templateOf(exampleStack({ ...stages.prod!, stageName: 'prod' })).toJSON() as Template;

let wire: Wire;
let context: Context;

beforeAll(async () => {
  wire = await createWire();
  vi.stubEnv('AWS_ENDPOINT_URL', wire.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  context = stageContext('prod', stages, { template, config });
});
beforeEach(() => {
  // It asks CloudFormation once.
  context = { ...context, template, deployed: deployedStack(context.clients.cloudformation, 'prod') };
  deploy(wire, context.clients, template);
  wire.clockOffS = 0;
  wire.calls.length = 0;
});
afterAll(async () => {
  closeClients(context.clients);
  vi.unstubAllEnvs();
  await wire.close();
});

const look = (): Promise<Result[]> => examine(firstChecks, otherChecks, context);
const lookAt = (check: string): Promise<Result[]> => examine([], [...firstChecks, ...otherChecks].filter(({ name }) => name === check), context);
const faults = (results: readonly Result[]) => results.filter(({ status }) => status !== 'ok').map(({ check, status, says, todo }) => `${status} ${check}: ${says}. ${todo ?? ''}`);

test('a stage that works is ok in every line, and the exit code is 0', async () => {
  const results = await look();
  expect(faults(results)).toEqual([]);
  expect(results.map(({ check }) => check)).toEqual([...firstChecks, ...otherChecks].map(({ name }) => name));
  expect(exitCodeOf(results)).toBe(0);
  expect(linesOf(results).at(-1)).toBe(`${results.length} ok, 0 warnings, 0 wrong`);
});

/** What is done to the stage, and the one line that has to name it: after its status, the check that looks there. */
const planted: [fault: string, plant: () => void, line: RegExp][] = [
  ['credentials of another account', () => wire.on(context.clients.sts, GetCallerIdentityCommand, { Account: '999999999999', Arn: 'arn:aws:iam::999999999999:user/x', UserId: 'x' }), /^wrong identity: the credentials are of account 999999999999, and stages.ts says 123456789012/],
  ['a stage that is not deployed', () => wire.on(context.clients.cloudformation, DescribeStacksCommand, new AwsError('ValidationError', 'Stack with id Segue-prod does not exist')), /^wrong stack: stage prod is not deployed.*npm run deploy -- --stage prod/],
  ['a deployment that failed', () => wire.on(context.clients.cloudformation, DescribeStacksCommand, { Stacks: [{ StackName: 'Segue-prod', CreationTime: new Date(0), StackStatus: 'UPDATE_ROLLBACK_FAILED' }] }), /^wrong stack: Segue-prod is UPDATE_ROLLBACK_FAILED/],
  ['other code', () => wire.on(context.clients.cloudformation, GetTemplateCommand, { TemplateBody: JSON.stringify(template).replace('export const handler = () => {};', 'export const handler = () => 1;') }), /^wrong version: 1 of \d+ resources are not what this folder would deploy: segue-prod-archive-events/],
  ['a clock that is off', () => void (wire.clockOffS = 600), /^wrong clock: the clock of this machine is \d{3} s behind AWS/],
  ['a clock that is a little off', () => void (wire.clockOffS = -30), /^warning clock: the clock of this machine is \d\d s ahead of AWS/],
  ['an API whose stage is not deployed', () => wire.plain.set('POST /v1/track', { status: 403, body: '{"message":"Forbidden"}' }), /^wrong api: .*v1\/track without a write key was answered with 403 in place of 401: .*Forbidden/],
  ['a throttle that was changed by hand', () => wire.on(context.clients.apigateway, GetStageCommand, { methodSettings: { '*/*': { throttlingRateLimit: 5, throttlingBurstLimit: 1000 } } }), /^wrong throttle: the API lets 5 requests a second through, and 500 are meant/],
  ['no keys', () => wire.on(context.clients.dynamodb, QueryCommand, { Items: [] }), /^warning write keys: there is no server key. npm run keys -- create --source server --stage prod/],
  ['a table that is gone', () => wire.on(context.clients.dynamodb, DescribeTableCommand, ({ TableName }) => (TableName.includes('Sends') ? new AwsError('ResourceNotFoundException', `Requested resource not found: Table: ${TableName} not found`) : { Table: { TableStatus: 'ACTIVE' as const, DeletionProtectionEnabled: true } })), /^wrong tables: table Segue-prod-StorageSends\S+ is gone/],
  ['a table without protection', () => wire.on(context.clients.dynamodb, DescribeTableCommand, { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: false } }), /^wrong tables: table Segue-prod-StorageProfiles\S+ is not protected from deletion. aws dynamodb update-table/],
  ['time to live that is off', () => wire.on(context.clients.dynamodb, DescribeTimeToLiveCommand, { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } }), /^wrong expiry: table Segue-prod-StorageControl\S+ keeps what has expired: its time to live is off. aws dynamodb update-time-to-live .*AttributeName=expiresAtS/],
  ['no point-in-time recovery', () => wire.on(context.clients.dynamodb, DescribeContinuousBackupsCommand, ({ TableName }) => ({ ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED' as const, PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: TableName.includes('Sends') ? ('DISABLED' as const) : ('ENABLED' as const) } } })), /^wrong backups: table Segue-prod-Storage\S+ has no point-in-time recovery/],
  ['other shards', () => wire.on(context.clients.kinesis, DescribeStreamSummaryCommand, streamOf(8, 24)), /^wrong stream: segue-prod-events has 8 shards, and the stage asks for 2/],
  ['another retention', () => wire.on(context.clients.kinesis, DescribeStreamSummaryCommand, streamOf(2, 48)), /^wrong stream: segue-prod-events keeps events for 48 hours, and the stage asks for 24. aws kinesis decrease-stream-retention-period/],
  ['a disabled mapping', () => wire.on(context.clients.lambda, ListEventSourceMappingsCommand, { EventSourceMappings: [{ UUID: 'u-1', EventSourceArn: 'arn:aws:kinesis:eu-west-1:1:stream/segue-prod-events', State: 'Disabled', StateTransitionReason: 'USER_INITIATED' }] }), /^wrong mapping: the event source mapping of segue-prod-process-events is Disabled \(USER_INITIATED\).*--uuid u-1 --enabled/],
  ['no mapping', () => wire.on(context.clients.lambda, ListEventSourceMappingsCommand, { EventSourceMappings: [] }), /^wrong mapping: segue-prod-process-events does not read segue-prod-events/],
  ['a function that fails', () => wire.on(context.clients.lambda, ListEventSourceMappingsCommand, { EventSourceMappings: [{ UUID: 'u-1', EventSourceArn: 'arn:aws:kinesis:eu-west-1:1:stream/segue-prod-events', State: 'Enabled', LastProcessingResult: 'PROBLEM: Function call failed' }] }), /^wrong mapping: segue-prod-process-events could not process its last batch: PROBLEM: Function call failed/],
  ['few concurrent executions', () => wire.on(context.clients.lambda, GetAccountSettingsCommand, { AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 } }), /^warning concurrency: functions of this account may run 10 times at once/],
  ['mail that is held by hand', () => wire.on(context.clients.lambda, GetFunctionConfigurationCommand, { State: 'Active', LastUpdateStatus: 'Successful', Environment: { Variables: { HOLD: 'true' } } }), /^wrong hold: all mail is held, and stages.ts says that it is not/],
  ['an update that failed', () => wire.on(context.clients.lambda, GetFunctionConfigurationCommand, ({ FunctionName }) => ({ State: 'Active' as const, LastUpdateStatus: FunctionName.endsWith('-recalibrate') ? ('Failed' as const) : ('Successful' as const), LastUpdateStatusReason: 'no space' })), /^wrong functions: the last update of segue-prod-recalibrate failed: no space/],
  ['a disabled schedule', () => wire.on(context.clients.scheduler, GetScheduleCommand, ({ Name }) => ({ Name, State: Name.endsWith('refresh-segments') ? ('DISABLED' as const) : ('ENABLED' as const), ScheduleExpression: expressionOf(Name) })), /^wrong schedules: the schedule segue-prod-refresh-segments is DISABLED/],
  ['a schedule that is gone', () => wire.on(context.clients.scheduler, GetScheduleCommand, new AwsError('ResourceNotFoundException', 'Schedule segue-prod-x does not exist.', 404)), /^wrong schedules: the schedule segue-prod-recalibrate is gone.*--revert-drift/],
  ['a disabled rule', () => wire.on(context.clients.eventbridge, DescribeRuleCommand, ({ Name }) => ({ Name, State: Name.endsWith('ses-events') ? ('DISABLED' as const) : ('ENABLED' as const) })), /^wrong rules: the rule segue-prod-ses-events is off/],
  ['a rule without a target', () => wire.on(context.clients.eventbridge, ListTargetsByRuleCommand, { Targets: [] }), /^wrong rules: the rule segue-prod-workflow-ends has no target/],
  ['a missing state machine', () => wire.on(context.clients.states, ListStateMachinesCommand, { stateMachines: [] }), /^wrong workflows: no state machine segue-prod-abandoned-cart, .*and 2 more/],
  ['a state machine of a campaign that is gone', () => wire.on(context.clients.states, ListStateMachinesCommand, { stateMachines: [{ name: 'segue-prod-spring', stateMachineArn: 'arn:aws:states:eu-west-1:1:stateMachine:segue-prod-spring', type: 'STANDARD', creationDate: new Date(0) }] }), /^warning workflows: no campaign of segue.config.ts has the state machine segue-prod-spring/],
  ['a state machine that was edited in the console', () => wire.on(context.clients.states, DescribeStateMachineCommand, ({ stateMachineArn }) => ({ stateMachineArn, name: 'x', definition: '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}', roleArn: 'r', type: 'STANDARD' as const, creationDate: new Date(0), status: 'ACTIVE' as const })), /^wrong definitions: segue-prod-abandoned-cart was changed outside of this folder/],
  ['a paused campaign', () => wire.on(context.clients.dynamodb, GetItemCommand, { Item: { kind: { S: 'campaign' }, id: { S: 'x' }, state: { S: 'paused' } } }), /^warning campaigns: campaign abandoned_cart is paused. npm run campaign -- resume abandoned_cart --stage prod/],
  ['the sandbox', () => wire.on(context.clients.ses, GetAccountCommand, { ProductionAccessEnabled: false, SendingEnabled: true, EnforcementStatus: 'HEALTHY', SendQuota: { Max24HourSend: 200, MaxSendRate: 1, SentLast24Hours: 0 } }), /^wrong ses account: SES is in the sandbox/],
  ['a used up quota', () => wire.on(context.clients.ses, GetAccountCommand, { ProductionAccessEnabled: true, SendingEnabled: true, EnforcementStatus: 'HEALTHY', SendQuota: { Max24HourSend: 1000, MaxSendRate: 1, SentLast24Hours: 900 } }), /^warning ses account: 900 of 1000 emails/],
  ['an unknown sender', () => wire.on(context.clients.ses, GetEmailIdentityCommand, new AwsError('NotFoundException', 'Email identity does not exist.', 404)), /^wrong sender: SES does not know the sender hello@lanternbooks.example. aws sesv2 create-email-identity --email-identity lanternbooks.example/],
  ['an unverified sender', () => wire.on(context.clients.ses, GetEmailIdentityCommand, { IdentityType: 'DOMAIN', VerifiedForSendingStatus: false, VerificationStatus: 'PENDING' }), /^wrong sender: the sender hello@lanternbooks.example is not verified: hello@lanternbooks.example is PENDING/],
  ['a sender without DKIM', () => wire.on(context.clients.ses, GetEmailIdentityCommand, { IdentityType: 'EMAIL_ADDRESS', VerifiedForSendingStatus: true, DkimAttributes: { SigningEnabled: false, Status: 'NOT_STARTED' } }), /^wrong sender: mail from hello@lanternbooks.example is not signed with DKIM/],
  ['an event destination that is off', () => wire.on(context.clients.ses, GetConfigurationSetEventDestinationsCommand, { EventDestinations: [{ Name: 'eventbridge', Enabled: false, MatchingEventTypes: ['BOUNCE'], EventBridgeDestination: { EventBusArn: 'arn:aws:events:eu-west-1:1:event-bus/default' } }] }), /^wrong configuration set: the event destination of segue-prod is off/],
  ['events that are not told', () => wire.on(context.clients.ses, GetConfigurationSetEventDestinationsCommand, { EventDestinations: [{ Name: 'eventbridge', Enabled: true, MatchingEventTypes: ['SEND', 'DELIVERY', 'OPEN', 'CLICK'], EventBridgeDestination: { EventBusArn: 'arn:aws:events:eu-west-1:1:event-bus/default' } }] }), /^wrong configuration set: segue-prod does not tell of REJECT, BOUNCE, COMPLAINT, RENDERING_FAILURE, DELIVERY_DELAY, SUBSCRIPTION/],
  ['missing alarms', () => wire.on(context.clients.cloudwatch, DescribeAlarmsCommand, { MetricAlarms: [] }), /^wrong alarms: \d+ alarms missing: segue-prod-events-late/],
  ['alarms whose actions are off', () => wire.on(context.clients.cloudwatch, DescribeAlarmsCommand, { MetricAlarms: [{ AlarmName: 'segue-prod-bounces', ActionsEnabled: false, AlarmActions: [topic], StateValue: 'OK' }] }), /^wrong alarms: the actions of 1 alarm are off: segue-prod-bounces. aws cloudwatch enable-alarm-actions/],
  ['a raised alarm', () => wire.on(context.clients.cloudwatch, DescribeAlarmsCommand, { MetricAlarms: [{ AlarmName: 'segue-prod-bounces', AlarmDescription: 'See docs/runbook.md#bounces', ActionsEnabled: true, AlarmActions: [topic], StateValue: 'ALARM' }] }), /^warning alarms: segue-prod-bounces is raised. docs\/runbook.md#bounces/],
  ['no alarm subscription', () => wire.on(context.clients.sns, ListSubscriptionsByTopicCommand, { Subscriptions: [] }), /^wrong alarm mail: ops@example.com does not get the alarms: it has no subscription/],
  ['an alarm subscription that waits to be confirmed', () => wire.on(context.clients.sns, ListSubscriptionsByTopicCommand, { Subscriptions: [{ SubscriptionArn: 'PendingConfirmation', Protocol: 'email', Endpoint: 'ops@example.com' }] }), /^wrong alarm mail: ops@example.com has not confirmed/],
  ['a topic policy without CloudWatch', () => wire.on(context.clients.sns, GetTopicAttributesCommand, { Attributes: { Owner: '123456789012', Policy: policyWith((statement) => statement.Effect !== 'Allow') } }), /^wrong alarm topic: the policy of \S+ does not let CloudWatch publish/],
  ['dead letters', () => wire.on(context.clients.s3, ListObjectsV2Command, (input) => ({ KeyCount: input.prefix === 'poison/' ? 3 : 0, IsTruncated: false })), /^warning dead letters: 3 dead letters wait in \S+. npm run redrive -- --stage prod --dry-run/],
  ['failed invocations', () => wire.on(context.clients.sqs, GetQueueAttributesCommand, { Attributes: { ApproximateNumberOfMessages: '2' } }), /^warning failure queues: 2 failed invocations wait in segue-prod-feedback-failures. docs\/runbook.md#feedback-failures/],
  ['a call that is denied', () => wire.on(context.clients.scheduler, GetScheduleCommand, new AwsError('AccessDeniedException', 'User: arn:aws:iam::1:user/ops is not authorized to perform: scheduler:GetSchedule', 403)), /^wrong schedules: could not be checked: User: \S+ is not authorized.* allow scheduler:GetSchedule/],
  ['a call that fails', () => wire.on(context.clients.sqs, GetQueueAttributesCommand, new AwsError('ServiceUnavailable', 'try later', 400)), /^wrong failure queues: could not be checked: ServiceUnavailable: try later/],
];

const streamOf = (OpenShardCount: number, RetentionPeriodHours: number) => ({ StreamDescriptionSummary: { StreamName: 'segue-prod-events', StreamARN: 'a', StreamStatus: 'ACTIVE' as const, RetentionPeriodHours, StreamCreationTimestamp: new Date(0), EnhancedMonitoring: [], OpenShardCount } });
const expressionOf = (name: string) => Object.values(template.Resources).find(({ Properties }) => Properties.Name === name)?.Properties.ScheduleExpression as string;
const policyWith = (keep: (statement: { Effect: string }) => boolean) => JSON.stringify({ ...topicPolicy(template), Statement: topicPolicy(template).Statement.filter(keep) });

describe('names', () => {
  test.each(planted)('%s', async (_fault, plant, line) => {
    plant();
    const [, check = ''] = /^\^\w+ ([a-z ]+):/.exec(line.source)!;
    const lines = faults(await lookAt(check));
    expect(lines.filter((text) => line.test(text)), lines.join('\n')).toHaveLength(1);
    expect(lines.join('\n')).not.toMatch(/\n\s+at /);
  });

  test('many faults at once, each in its line, and nothing beside them', async () => {
    const many = planted.filter(([fault]) => ['other code', 'a clock that is off', 'other shards', 'a disabled mapping', 'time to live that is off', 'a disabled schedule', 'a disabled rule', 'a missing state machine', 'the sandbox', 'an unverified sender', 'no alarm subscription', 'a topic policy without CloudWatch'].includes(fault));
    for (const [, plant] of many) plant();
    const lines = faults(await look());
    expect(many).toHaveLength(12);
    for (const [fault, , line] of many) expect(lines.filter((text) => line.test(text)), fault).toHaveLength(1);
    expect(exitCodeOf(await look())).toBe(1);
    expect(new Set(lines.map((text) => text.split(':')[0]))).toEqual(new Set(many.map(([, , line]) => line.source.slice(1).split(':')[0])));
  });
});

test('nothing else is looked at with credentials of another account', async () => {
  wire.on(context.clients.sts, GetCallerIdentityCommand, { Account: '999999999999', Arn: 'a', UserId: 'x' });
  const results = await look();
  expect(results.map(({ check }) => check)).toEqual(['region', 'identity']);
  expect(exitCodeOf(results)).toBe(1);
  expect(wire.calls).not.toContain('DescribeStacks');
});

test('what CloudFormation cannot spell is no difference', async () => {
  const spelled = { ...template, Resources: { ...template.Resources, Note: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: 'Grüße' } } } };
  const given = { ...spelled, Resources: { ...spelled.Resources, Note: { Properties: { DisplayName: 'Gr??e' }, Type: 'AWS::SNS::Topic', Metadata: { 'aws:cdk:path': 'x' } } } };
  context = { ...context, template: spelled };
  wire.on(context.clients.cloudformation, GetTemplateCommand, { TemplateBody: JSON.stringify(given) });
  expect((await look()).find(({ check }) => check === 'version')?.status).toBe('ok');
});
