import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import config from '../../examples/bookstore/segue.config.ts';
import { cartWaitsHours } from '../support/events.ts';
import { exampleStack, exampleTemplate, functionOf, resourcesOf, templateOf, type Resource } from './fixture.ts';

const template = exampleTemplate();

function only(type: string, accept: (properties: Resource['Properties']) => boolean = () => true): Resource {
  const found = resourcesOf(template, type).filter(([, { Properties }]) => accept(Properties));
  if (found.length !== 1) throw new Error(`${found.length} resources ${type}`);
  return found[0]![1];
}

const isProcessing = ({ FunctionName }: Resource['Properties']) => FunctionName.Ref === functionOf(template, 'process-events')[0];

const keysOf = (schema: { AttributeName: string; KeyType: string }[]) =>
  schema.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`);

describe('storage', () => {
  it.each([
    ['userKey', ['HASH userKey', 'RANGE part'], 'expiresAtS'],
    ['kind', ['HASH kind', 'RANGE id'], 'expiresAtS'],
    ['sendId', ['HASH sendId'], 'expiresAtS'],
  ])('keeps the table with the key %s, encrypted, restorable and billed by request', (first, keys, ttl) => {
    const table = only('AWS::DynamoDB::Table', ({ KeySchema }) => KeySchema[0].AttributeName === first);
    expect(keysOf(table.Properties.KeySchema)).toEqual(keys);
    expect(table.Properties.TimeToLiveSpecification?.AttributeName).toBe(ttl);
    expect(table.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    });
    expect(table.DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it('finds profiles that are due by shard and instant, and projects only keys', () => {
    const { Properties } = only('AWS::DynamoDB::Table', ({ GlobalSecondaryIndexes }) => GlobalSecondaryIndexes !== undefined);
    expect(Properties.GlobalSecondaryIndexes).toHaveLength(1);
    const [index] = Properties.GlobalSecondaryIndexes;
    expect(index).toMatchObject({ IndexName: 'due', Projection: { ProjectionType: 'KEYS_ONLY' } });
    expect(keysOf(index.KeySchema)).toEqual(['HASH dueShard', 'RANGE dueAtMs']);
    expect(Properties.AttributeDefinitions).toContainEqual({ AttributeName: 'dueAtMs', AttributeType: 'N' });
  });

  it('encrypts the stream and keeps records longer than they are tried', () => {
    const { Properties } = only('AWS::Kinesis::Stream');
    expect(Properties).toMatchObject({ Name: 'segue-test-events', ShardCount: 1, RetentionPeriodHours: 24, StreamEncryption: { EncryptionType: 'KMS' } });
    const { MaximumRecordAgeInSeconds } = only('AWS::Lambda::EventSourceMapping', isProcessing).Properties;
    expect(Properties.RetentionPeriodHours * 3600).toBeGreaterThan(MaximumRecordAgeInSeconds);
  });

  it('[P6] keeps dead letters private, encrypted and for 90 days, and refuses plain HTTP', () => {
    const { Properties, DeletionPolicy } = only('AWS::S3::Bucket', ({ MetricsConfigurations }) => MetricsConfigurations !== undefined);
    expect(DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(Properties.BucketEncryption).toBeDefined();
    expect(Properties.LifecycleConfiguration.Rules).toEqual([expect.objectContaining({ ExpirationInDays: 90, Status: 'Enabled' })]);
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]),
      },
    });
  });

  it('takes more shards when asked', () => {
    templateOf(exampleStack({ shards: 4 })).hasResourceProperties('AWS::Kinesis::Stream', { ShardCount: 4 });
  });
});

it('reads the stream in batches, repeats only what failed, and puts aside what never works', () => {
  const { Properties } = only('AWS::Lambda::EventSourceMapping', isProcessing);
  expect(Properties).toMatchObject({
    BatchSize: 500,
    MaximumBatchingWindowInSeconds: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 10,
    MaximumRecordAgeInSeconds: 72_000,
    StartingPosition: 'TRIM_HORIZON',
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^StorageDeadLetters/), 'Arn'] } } },
    FunctionName: { Ref: functionOf(template, 'process-events')[0] },
  });
});

describe('schedules', () => {
  it('refresh every five minutes and end before the next run', () => {
    const [id, { Properties }] = functionOf(template, 'refresh-segments');
    const schedule = only('AWS::Scheduler::Schedule', ({ Target }) => Target.Arn['Fn::GetAtt'][0] === id).Properties;
    expect(schedule).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
    expect(Properties.Timeout).toBeLessThan(300);
  });

  it('recalibrate from 03:00 to before 05:00 UTC on the first of the month, each run where the last one left off, and keep a run that failed', () => {
    const [id] = functionOf(template, 'recalibrate');
    const { Target, ...schedule } = only('AWS::Scheduler::Schedule', ({ Target: target }) => target.Arn['Fn::GetAtt'][0] === id).Properties;
    expect(schedule).toMatchObject({ ScheduleExpression: 'cron(0/15 3-4 1 * ? *)', ScheduleExpressionTimezone: 'Etc/UTC' });
    expect(Target.DeadLetterConfig.Arn['Fn::GetAtt'][0]).toMatch(/^RecalibrationFailures/);
    const invoke = only('AWS::Lambda::EventInvokeConfig', ({ FunctionName }) => FunctionName.Ref === id).Properties;
    expect(invoke.DestinationConfig.OnFailure.Destination).toEqual(Target.DeadLetterConfig.Arn);
  });
});

describe('feedback', () => {
  it('sends every kind of SES event to EventBridge', () => {
    const { ConfigurationSetName, EventDestination } = only('AWS::SES::ConfigurationSetEventDestination').Properties;
    const set = template.findResources('AWS::SES::ConfigurationSet')[ConfigurationSetName.Ref];
    expect(set?.Properties).toMatchObject({ Name: 'segue-test', ReputationOptions: { ReputationMetricsEnabled: true } });
    expect(JSON.stringify(EventDestination.EventBridgeDestination.EventBusArn)).toContain(':event-bus/default');
    expect(EventDestination.Enabled).toBe(true);
    expect([...EventDestination.MatchingEventTypes].sort()).toEqual(
      ['bounce', 'click', 'complaint', 'delivery', 'deliveryDelay', 'open', 'reject', 'renderingFailure', 'send', 'subscription'].sort(),
    );
  });

  it('hands only events of its own configuration set to record-feedback, and keeps those that fail', () => {
    const { EventPattern, Targets } = only('AWS::Events::Rule', ({ Name }) => Name === 'segue-test-ses-events').Properties;
    expect(EventPattern).toEqual({ source: ['aws.ses'], detail: { mail: { tags: { 'ses:configuration-set': ['segue-test'] } } } });
    const [id] = functionOf(template, 'record-feedback');
    const queue = { 'Fn::GetAtt': [expect.stringMatching(/^FeedbackFailures/), 'Arn'] };
    expect(Targets).toEqual([
      expect.objectContaining({
        Arn: { 'Fn::GetAtt': [id, 'Arn'] },
        DeadLetterConfig: { Arn: queue },
        RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 86_400 },
      }),
    ]);
    const invoke = only('AWS::Lambda::EventInvokeConfig', ({ FunctionName }) => FunctionName.Ref === id).Properties;
    expect(invoke.DestinationConfig.OnFailure.Destination).toEqual(queue);
  });
});

describe('workflows', () => {
  it('hands the ends of this stage\'s executions to record-workflow-ends, and keeps those that fail', () => {
    const { EventPattern, Targets } = only('AWS::Events::Rule', ({ Name }) => Name === 'segue-test-workflow-ends').Properties;
    expect(EventPattern).toMatchObject({ source: ['aws.states'], 'detail-type': ['Step Functions Execution Status Change'], detail: { status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] } });
    expect(JSON.stringify(EventPattern.detail.stateMachineArn)).toMatch(/:stateMachine:segue-test-"\]\]}}\]$/);
    const [id] = functionOf(template, 'record-workflow-ends');
    const queue = { 'Fn::GetAtt': [expect.stringMatching(/^WorkflowEnds/), 'Arn'] };
    expect(Targets).toEqual([expect.objectContaining({ Arn: { 'Fn::GetAtt': [id, 'Arn'] }, DeadLetterConfig: { Arn: queue }, RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 86_400 } })]);
  });

  const { Properties } = only('AWS::StepFunctions::StateMachine', ({ StateMachineName }) => JSON.stringify(StateMachineName).includes('abandoned-cart'));
  const definition = JSON.parse(Properties.DefinitionString) as {
    States: Record<string, { Type: string; Seconds?: number; Parameters?: { FunctionName: string } }>;
  };

  it('have the name from which functions build their ARN', () => {
    expect(Properties.StateMachineName).toBe('segue-test-abandoned-cart');
    expect(Properties.StateMachineType).toBe('STANDARD');
  });

  it('show the delays of the config as numbers', () => {
    const seconds = Object.values(definition.States).flatMap((state) => state.Seconds ?? []);
    expect(seconds).toEqual(cartWaitsHours.map((hours) => hours * 3600));
  });

  it('call send-email, whose ARN CloudFormation fills in, and may call nothing else', () => {
    const [id] = functionOf(template, 'send-email');
    expect(Properties.DefinitionSubstitutions).toEqual({ SendEmailArn: { 'Fn::GetAtt': [id, 'Arn'] } });
    const called = Object.values(definition.States).flatMap((state) => state.Parameters?.FunctionName ?? []);
    expect(new Set(called)).toEqual(new Set(['${SendEmailArn}']));
    const invoking = resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([policyId]) => policyId.startsWith('Workflowsabandonedcart'))
      .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement)
      .filter(({ Action }: { Action: string }) => Action === 'lambda:InvokeFunction');
    expect(invoking).toEqual([{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': [id, 'Arn'] } }]);
  });

  it('cannot be shared by two campaigns', () => {
    const campaigns = { ...config.campaigns, second: config.campaigns.abandoned_cart! };
    expect(() => exampleStack({ config: { ...config, campaigns } })).toThrow(
      '"abandoned-cart": is used by campaigns.abandoned_cart already',
    );
  });

  it('log errors without the data of executions', () => {
    expect(Properties.LoggingConfiguration).toMatchObject({ Level: 'ERROR', IncludeExecutionData: false });
    expect(Properties.TracingConfiguration?.Enabled ?? false).toBe(false);
  });

  it('are traced, as functions are, where the stage asks for it, and not else; the API never is, since its traces hold the tokens of links', () => {
    const traced = templateOf(exampleStack({ tracing: true }));
    const tracingOf = (of: typeof template) => ({
      machines: new Set(resourcesOf(of, 'AWS::StepFunctions::StateMachine').map(([, machine]) => Boolean(machine.Properties.TracingConfiguration?.Enabled))),
      functions: new Set(resourcesOf(of, 'AWS::Lambda::Function').map(([, { Properties: own }]) => own.TracingConfig?.Mode === 'Active')),
      api: new Set(resourcesOf(of, 'AWS::ApiGateway::Stage').map(([, { Properties: own }]) => own.TracingEnabled)),
    });
    expect(tracingOf(traced)).toEqual({ machines: new Set([true]), functions: new Set([true]), api: new Set([false]) });
    expect(tracingOf(template)).toEqual({ machines: new Set([false]), functions: new Set([false]), api: new Set([false]) });
    expect(JSON.stringify(traced.toJSON())).toContain('xray:PutTraceSegments');
    expect(JSON.stringify(template.toJSON())).not.toContain('xray:');
  });
});

describe('alarms', () => {
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
  const filters = resourcesOf(template, 'AWS::Logs::MetricFilter').map(([, { Properties }]) => Properties);

  it('cover each way in which the pipeline can fail', () => {
    expect(alarms.map(({ AlarmName }) => AlarmName).sort()).toEqual(
      [
        'api-errors',
        'archive-late',
        'bounces',
        'calibration-frozen',
        'complaints',
        'dead-letter-share',
        'dead-letters',
        'events-late',
        'feedback-failures',
        'workflow-ends-failures',
        'process-events-errors',
        'recalibrate-failures',
        'report-failures',
        'refresh-errors',
        'refresh-unsettled',
        'requests-throttled',
        'send-quota',
        'send-rate',
        'send-rejected',
        'sender-not-verified',
        'sending-paused',
        'stream-full',
        ...Object.keys(config.campaigns).flatMap((campaign) => [`workflow-failures-${campaign}`, `workflow-timeouts-${campaign}`]),
      ]
        .map((name) => `segue-test-${name}`)
        .sort(),
    );
  });

  it('each name their section of the runbook', () => {
    for (const { AlarmName, AlarmDescription } of alarms) {
      const section = /See docs\/runbook\.md#([a-z-]+)$/.exec(AlarmDescription)?.[1];
      expect(AlarmName.replace('workflow-timeouts', 'workflow-failures')).toMatch(new RegExp(`^segue-test-${section}(-(${Object.keys(config.campaigns).join('|')}))?$`));
    }
  });

  it('tell a rising share of dead letters from a single one', () => {
    const { Metrics, Threshold, EvaluationPeriods } = alarms.find(({ AlarmName }) => AlarmName === 'segue-test-dead-letter-share');
    const { Expression } = Metrics.find((one: { Expression?: string }) => one.Expression);
    expect([Threshold, EvaluationPeriods]).toEqual([1, 3]);
    // CloudWatch's IF and FILL, for the values of one period.
    const share = (unreadable: number, failed: number, incoming?: number) => {
      const names = Metrics.filter((one: { MetricStat?: object }) => one.MetricStat).map(({ Id }: { Id: string }) => Id) as string[];
      const values = names.map((name) => (name === 'incoming' ? incoming : name === names[0] ? unreadable : failed));
      return new Function('IF', 'FILL', ...names, `return ${Expression}`)((is: boolean, yes: number, no: number) => (is ? yes : no), (value: number | undefined, instead: number) => value ?? instead, ...values) as number;
    };
    expect([share(1, 0, 50), share(9, 0, 100), share(5, 4, 10)]).toEqual([0, 0, 0]);
    expect(share(10, 0, 1000)).toBe(1);
    expect(share(20, 30, 1000)).toBe(5);
    expect(share(50, 0, undefined)).toBeGreaterThan(1);
  });

  it('count what was put aside, by metrics that the bucket is told to report, and not what a redrive moves', () => {
    const { Metrics, Threshold } = alarms.find(({ AlarmName }) => AlarmName === 'segue-test-dead-letters');
    const [bucketId, bucket] = resourcesOf(template, 'AWS::S3::Bucket')[0]!;
    const counted = Metrics.filter((one: { MetricStat?: object }) => one.MetricStat).map((one: any) => one.MetricStat.Metric);
    expect(Threshold).toBe(1);
    expect(bucket.Properties.MetricsConfigurations.map(({ Prefix }: { Prefix: string }) => Prefix).sort()).toEqual(['aws/lambda/', 'poison/']);
    expect(counted).toEqual(
      bucket.Properties.MetricsConfigurations.map(({ Id }: { Id: string }) => ({
        Namespace: 'AWS/S3',
        MetricName: 'PutRequests',
        Dimensions: [
          { Name: 'BucketName', Value: { Ref: bucketId } },
          { Name: 'FilterId', Value: Id },
        ],
      })),
    );
    const { Expression } = Metrics.find((one: { Expression?: string }) => one.Expression);
    for (const { Id } of bucket.Properties.MetricsConfigurations) expect(Expression).toContain(`FILL(${Id}, 0)`);
  });

  it('see profiles that the refresh could not settle, by the words that it logs', () => {
    const { FilterPattern, LogGroupName, MetricTransformations } = filters.find(({ FilterPattern: pattern }) => pattern.includes('not settled'))!;
    expect(LogGroupName).toEqual(functionOf(template, 'refresh-segments')[1].Properties.LoggingConfig.LogGroup);
    expect(readFileSync('lambdas/refresh-segments/handler.ts', 'utf8')).toContain(`logger.error(${FilterPattern.replaceAll('"', "'")}`);
    const alarm = alarms.find(({ AlarmName }) => AlarmName === 'segue-test-refresh-unsettled');
    expect(MetricTransformations).toEqual([expect.objectContaining({ MetricNamespace: alarm.Namespace, MetricName: alarm.MetricName })]);
  });

  it('watch the queues that failed runs go to', () => {
    for (const name of ['feedback-failures', 'workflow-ends-failures', 'recalibrate-failures', 'report-failures']) {
      const { Dimensions } = alarms.find(({ AlarmName }) => AlarmName === `segue-test-${name}`);
      const queue = template.findResources('AWS::SQS::Queue')[Dimensions[0].Value['Fn::GetAtt'][0]];
      expect(queue?.Properties.QueueName).toBe(`segue-test-${name}`);
    }
  });

  it('mail the operator only when there is an address', () => {
    template.resourceCountIs('AWS::SNS::Topic', 0);
    const withMail = templateOf(exampleStack({ alarmEmail: 'ops@example.com' }));
    withMail.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' });
    const actions = resourcesOf(withMail, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.AlarmActions?.length);
    expect(new Set(actions)).toEqual(new Set([1]));
  });

  // A topic policy replaces the default one that lets alarms publish: https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
  it('may publish to the topic of their account, over TLS alone, and nobody else may', () => {
    const withMail = templateOf(exampleStack({ alarmEmail: 'ops@example.com' }));
    const [[topic], [, { Properties }]] = [resourcesOf(withMail, 'AWS::SNS::Topic')[0]!, resourcesOf(withMail, 'AWS::SNS::TopicPolicy')[0]!];
    const { Statement: statements } = Properties.PolicyDocument as { Statement: Record<string, unknown>[] };
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toEqual([
      {
        Sid: 'AlarmsOfThisAccount',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: { Ref: topic },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ]);
    expect(statements.filter(({ Effect }) => Effect === 'Deny')).toEqual([
      expect.objectContaining({ Principal: '*', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ]);
  });
});

it('tells the operator where things are', () => {
  const outputs = Object.keys(template.findOutputs('*')).sort();
  expect(outputs).toEqual(['ArchiveBucket', 'ControlTable', 'DeadLetterBucket', 'Endpoint', 'NextSteps', 'ProfilesTable', 'SendsTable', 'StreamName']);
});
