import { GetAccountCommand as GetApiAccountCommand, GetStageCommand, GetUsagePlansCommand } from '@aws-sdk/client-api-gateway';
import { DescribeStacksCommand, GetTemplateCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeContinuousBackupsCommand, DescribeTableCommand, DescribeTimeToLiveCommand, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRuleCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { GetAccountSettingsCommand, GetFunctionConfigurationCommand, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { GetAccountCommand, GetConfigurationSetCommand, GetConfigurationSetEventDestinationsCommand, GetEmailIdentityCommand } from '@aws-sdk/client-sesv2';
import { DescribeStateMachineCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Clients } from '../../../tools/doctor/context.ts';
import type { Template } from '../../../tools/doctor/template.ts';
import { AwsError, type Wire } from './wire.ts';

export const account = '123456789012';
const region = 'eu-west-1';
export const topic = `arn:aws:sns:${region}:${account}:segue-prod-alarms`;

const any = (template: Template, type: string): any[] => Object.values(template.Resources).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []));
const named = (template: Template, type: string, property: string, name: unknown): any => any(template, type).find((properties) => properties[property] === name);

/** The topic's policy as CloudFormation puts it in: the template's, with its references replaced. */
export const topicPolicy = (template: Template): any => JSON.parse(JSON.stringify(any(template, 'AWS::SNS::TopicPolicy')[0].PolicyDocument).replaceAll(/\{"Ref":"AWS::AccountId"\}/g, `"${account}"`).replaceAll(/\{"Ref":"[^"]*"\}/g, `"${topic}"`));

/** Has a wire answer as AWS does for a stage that is deployed from a template and works. Texts are as AWS writes them. */
export function deploy(wire: Wire, clients: Clients, template: Template): void {
  const { sts, cloudformation, dynamodb, kinesis, lambda, apigateway, cloudwatch, sns, scheduler, eventbridge, states, s3, sqs, ses } = clients;
  const physical = (id: string, type: string): string => (type === 'AWS::SNS::Topic' ? topic : `Segue-prod-${id}-1A2B3C`);

  wire.on(sts, GetCallerIdentityCommand, { UserId: 'AIDA', Account: account, Arn: `arn:aws:iam::${account}:user/ops` });
  wire.on(cloudformation, DescribeStacksCommand, { Stacks: [{ StackName: 'Segue-prod', CreationTime: new Date(0), StackStatus: 'UPDATE_COMPLETE', Outputs: [{ OutputKey: 'Endpoint', OutputValue: `${wire.url}/` }] }] });
  wire.on(cloudformation, GetTemplateCommand, { TemplateBody: JSON.stringify(template) });
  wire.on(cloudformation, ListStackResourcesCommand, ({ NextToken }) => {
    const all = Object.entries(template.Resources).map(([LogicalResourceId, { Type }]) => ({ LogicalResourceId, PhysicalResourceId: physical(LogicalResourceId, Type), ResourceType: Type, LastUpdatedTimestamp: new Date(0), ResourceStatus: 'CREATE_COMPLETE' as const }));
    // 100 a page, as AWS does.
    const from = Number(NextToken ?? 0);
    return { StackResourceSummaries: all.slice(from, from + 100), ...(from + 100 < all.length && { NextToken: String(from + 100) }) };
  });

  wire.plain.set('POST /v1/track', { status: 401, body: '{"error":"a write key is missing: send it as the user name of HTTP Basic authentication"}' });
  wire.on(apigateway, GetStageCommand, { stageName: 'prod', methodSettings: { '*/*': { throttlingRateLimit: 500, throttlingBurstLimit: 1000 } } });
  wire.on(apigateway, GetApiAccountCommand, { throttleSettings: { rateLimit: 10_000, burstLimit: 5000 } });
  wire.on(apigateway, GetUsagePlansCommand, { items: any(template, 'AWS::ApiGateway::UsagePlan').map(({ UsagePlanName }) => ({ id: 'p', name: UsagePlanName })) });

  const tableOf = (name: string) => Object.entries(template.Resources).find(([id]) => physical(id, '') === name)?.[1].Properties as any;
  wire.on(dynamodb, DescribeTableCommand, ({ TableName }) => ({ Table: { TableName, TableStatus: 'ACTIVE' as const, DeletionProtectionEnabled: tableOf(TableName).DeletionProtectionEnabled } }));
  wire.on(dynamodb, DescribeTimeToLiveCommand, ({ TableName }) => ({ TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED' as const, AttributeName: tableOf(TableName).TimeToLiveSpecification.AttributeName } }));
  wire.on(dynamodb, DescribeContinuousBackupsCommand, { ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' } } });
  wire.on(dynamodb, QueryCommand, { Items: ['web', 'server'].map((source) => ({ kind: { S: 'write-key' }, id: { S: source }, keyId: { S: `${source}-1` }, source: { S: source }, createdAtMs: { N: '1' } })) });
  wire.on(dynamodb, GetItemCommand, {});

  const [{ Name: StreamName, ShardCount, RetentionPeriodHours }] = any(template, 'AWS::Kinesis::Stream');
  const StreamARN = `arn:aws:kinesis:${region}:${account}:stream/${StreamName}`;
  wire.on(kinesis, DescribeStreamSummaryCommand, { StreamDescriptionSummary: { StreamName, StreamARN, StreamStatus: 'ACTIVE', RetentionPeriodHours, StreamCreationTimestamp: new Date(0), EnhancedMonitoring: [], OpenShardCount: ShardCount } });
  wire.on(lambda, ListEventSourceMappingsCommand, { EventSourceMappings: [{ UUID: '14e0db71-5d35-4eb5-b481-8945cf9d10c2', EventSourceArn: StreamARN, State: 'Enabled', StateTransitionReason: 'User action', LastProcessingResult: 'OK' }] });
  wire.on(lambda, GetFunctionConfigurationCommand, ({ FunctionName }) => {
    const { HOLD = '' } = named(template, 'AWS::Lambda::Function', 'FunctionName', FunctionName).Environment.Variables;
    return { FunctionName, State: 'Active' as const, LastUpdateStatus: 'Successful' as const, Environment: { Variables: { HOLD } as Record<string, string> } };
  });
  wire.on(lambda, GetAccountSettingsCommand, { AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 } });

  wire.on(cloudwatch, DescribeAlarmsCommand, { MetricAlarms: any(template, 'AWS::CloudWatch::Alarm').map(({ AlarmName, AlarmDescription }) => ({ AlarmName, AlarmDescription, ActionsEnabled: true, AlarmActions: [topic], StateValue: 'OK' as const })) });
  wire.on(sns, ListSubscriptionsByTopicCommand, { Subscriptions: [{ SubscriptionArn: `${topic}:5f2c6d3e-0000-4444-8888-000000000000`, Owner: account, Protocol: 'email', Endpoint: 'ops@example.com', TopicArn: topic }] });
  wire.on(sns, GetTopicAttributesCommand, { Attributes: { TopicArn: topic, Owner: account, Policy: JSON.stringify(topicPolicy(template)) } });

  wire.on(scheduler, GetScheduleCommand, ({ Name }) => ({ Name, State: 'ENABLED' as const, ScheduleExpression: named(template, 'AWS::Scheduler::Schedule', 'Name', Name).ScheduleExpression }));
  wire.on(eventbridge, DescribeRuleCommand, ({ Name }) => ({ Name, State: 'ENABLED' as const }));
  wire.on(eventbridge, ListTargetsByRuleCommand, { Targets: [{ Id: 'Target0', Arn: `arn:aws:lambda:${region}:${account}:function:f` }] });

  const machineArn = (name: string) => `arn:aws:states:${region}:${account}:stateMachine:${name}`;
  const machines = any(template, 'AWS::StepFunctions::StateMachine');
  wire.on(states, ListStateMachinesCommand, { stateMachines: machines.map(({ StateMachineName: name }) => ({ name, stateMachineArn: machineArn(name), type: 'STANDARD' as const, creationDate: new Date(0) })) });
  wire.on(states, DescribeStateMachineCommand, ({ stateMachineArn }) => {
    const { StateMachineName: name, DefinitionString } = machines.find((machine) => machineArn(machine.StateMachineName) === stateMachineArn);
    const definition = DefinitionString.replaceAll('${SendEmailArn}', `arn:aws:lambda:${region}:${account}:function:segue-prod-send-email`);
    return { name, stateMachineArn, definition, roleArn: `arn:aws:iam::${account}:role/r`, type: 'STANDARD' as const, status: 'ACTIVE' as const, creationDate: new Date(0) };
  });

  wire.on(ses, GetAccountCommand, { ProductionAccessEnabled: true, SendingEnabled: true, EnforcementStatus: 'HEALTHY', SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 120 } });
  wire.on(ses, GetEmailIdentityCommand, ({ EmailIdentity }) =>
    EmailIdentity === 'lanternbooks.example'
      ? { IdentityType: 'DOMAIN' as const, VerifiedForSendingStatus: true, VerificationStatus: 'SUCCESS' as const, DkimAttributes: { SigningEnabled: true, Status: 'SUCCESS' as const } }
      : new AwsError('NotFoundException', `Email identity ${EmailIdentity} does not exist.`, 404),
  );
  wire.on(ses, GetConfigurationSetCommand, { ConfigurationSetName: 'segue-prod', SendingOptions: { SendingEnabled: true } });
  wire.on(ses, GetConfigurationSetEventDestinationsCommand, {
    EventDestinations: [
      {
        Name: 'eventbridge',
        Enabled: true,
        MatchingEventTypes: ['SEND', 'REJECT', 'BOUNCE', 'COMPLAINT', 'DELIVERY', 'OPEN', 'CLICK', 'RENDERING_FAILURE', 'DELIVERY_DELAY', 'SUBSCRIPTION'],
        EventBridgeDestination: { EventBusArn: `arn:aws:events:${region}:${account}:event-bus/default` },
      },
    ],
  });
  wire.on(s3, ListObjectsV2Command, ({ Bucket }) => ({ Name: Bucket, KeyCount: 0, IsTruncated: false }));
  wire.on(sqs, GetQueueUrlCommand, ({ QueueName }) => ({ QueueUrl: `${wire.url}/${account}/${QueueName}` }));
  wire.on(sqs, GetQueueAttributesCommand, { Attributes: { ApproximateNumberOfMessages: '0' } });
}
