import { describe, expect, it } from 'vitest';
import { envSchemas, type Stage } from '../../lambdas/schemas/env.ts';
import config from '../../examples/bookstore/segue.config.ts';
import { actionsOf, exampleStack, functionOf, resourcesOf, statementsOf, templateOf, type Statement } from './fixture.ts';

const template = templateOf(exampleStack({ productFeed: { key: 'products/', everyHours: 6 } }));
const stages = Object.keys(envSchemas) as Stage[];

/** What each function may do besides writing its log and its traces. */
const allowed: Record<Stage, string[]> = {
  'authorize-key': ['Control[write-key] dynamodb:GetItem'],
  'archive-events': [
    'ArchiveBucket s3:PutObject',
    'Events kinesis:DescribeStream',
    'Events kinesis:DescribeStreamSummary',
    'Events kinesis:GetRecords',
    'Events kinesis:GetShardIterator',
    'Events kinesis:ListShards',
  ],
  'process-events': [
    'Control[thresholds classifier] dynamodb:GetItem', 'Control[product wait] dynamodb:UpdateItem',
    'DeadLetters s3:ListBucket',
    'DeadLetters s3:PutObject',
    'Events kinesis:DescribeStream',
    'Events kinesis:DescribeStreamSummary',
    'Events kinesis:GetRecords',
    'Events kinesis:GetShardIterator',
    'Events kinesis:ListShards',
    'Events kinesis:PutRecords',
    'Profiles dynamodb:BatchGetItem',
    'Profiles dynamodb:GetItem',
    'Profiles dynamodb:PutItem',
    'Profiles dynamodb:Query',
    'Profiles dynamodb:UpdateItem',
    'segue-test-* states:SendTaskSuccess',
    'segue-test-* states:StartExecution',
    'segue-test-* states:StopExecution',
  ],
  'refresh-segments': [
    'Control[thresholds classifier] dynamodb:GetItem', 'Control[wait] dynamodb:UpdateItem',
    'DeadLetters s3:PutObject',
    'Events kinesis:PutRecords',
    'Profiles dynamodb:BatchGetItem',
    'Profiles dynamodb:GetItem',
    'Profiles dynamodb:PutItem',
    // The table, for conversions of a guest; and its index.
    'Profiles dynamodb:Query',
    'Profiles dynamodb:Query',
    'Profiles dynamodb:UpdateItem',
    'Profiles[backlog backlog#*] dynamodb:DeleteItem',
    'segue-test-* states:SendTaskSuccess',
    'segue-test-* states:StartExecution',
    'segue-test-* states:StopExecution',
  ],
  'record-workflow-ends': ['Events kinesis:PutRecords', 'Failures sqs:GetQueueAttributes', 'Failures sqs:GetQueueUrl', 'Failures sqs:SendMessage'],
  'send-email': [
    'Control[thresholds suppression opt-out campaign product coupon contact send-rate send-rate#*] dynamodb:GetItem', 'Control[coupon contact] dynamodb:PutItem', 'Control[coupon counter#* send-rate send-rate#* wait] dynamodb:UpdateItem', 'signing-keys ssm:GetParameter', 'signing-keys ssm:PutParameter',
    '"*" ses:GetAccount',
    'Profiles dynamodb:GetItem',
    'Sends dynamodb:DeleteItem',
    'Sends dynamodb:GetItem',
    'Sends dynamodb:PutItem',
    'Sends dynamodb:UpdateItem',
    'configuration-set/segue-test ses:SendEmail',
    'identity/* ses:SendEmail',
    'segue-test-* states:SendTaskSuccess',
  ],
  'record-feedback': [
    'Control[opt-out] dynamodb:PutItem',
    'Control[suppression] dynamodb:GetItem',
    'Control[suppression] dynamodb:UpdateItem',
    'Events kinesis:PutRecords',
    'Failures sqs:GetQueueAttributes',
    'Failures sqs:GetQueueUrl',
    'Failures sqs:SendMessage',
    'Sends dynamodb:GetItem',
    'Sends dynamodb:UpdateItem',
  ],
  recalibrate: [
    'Control[thresholds classifier calibration calibration-part#* calibration-measure] dynamodb:GetItem', 'Control[thresholds classifier calibration calibration-part#* calibration-measure] dynamodb:PutItem', 'Control[calibration-part#* calibration-measure] dynamodb:Query',
    'Failures sqs:GetQueueAttributes',
    'Failures sqs:GetQueueUrl',
    'Failures sqs:SendMessage',
    'Profiles dynamodb:BatchGetItem',
    'Profiles dynamodb:Scan',
  ],
  'build-report': [
    'Control[report-notice] dynamodb:DeleteItem', 'Control[thresholds classifier] dynamodb:GetItem', 'Control[report-notice] dynamodb:PutItem', 'Control[counter#*] dynamodb:Query', 'signing-keys ssm:GetParameter', 'signing-keys ssm:PutParameter',
    'ReportBucket s3:GetObject',
    'ReportBucket s3:ListBucket',
    'ReportBucket s3:PutObject',
    'DeadLetters s3:ListBucket',
    'Failures sqs:GetQueueAttributes',
    'Failures sqs:GetQueueUrl',
    'Failures sqs:SendMessage',
    'Profiles dynamodb:BatchGetItem',
    'Profiles dynamodb:Scan',
    'Sends dynamodb:Scan',
    'configuration-set/segue-test ses:SendEmail',
    'identity/* ses:SendEmail',
  ],
  'open-report': ['signing-keys ssm:GetParameter', 'ReportBucket s3:GetObject', 'ReportBucket s3:ListBucket'],
  unsubscribe: [
    'Control[opt-out] dynamodb:GetItem', 'Control[opt-out] dynamodb:PutItem', 'Control[suppression] dynamodb:GetItem', 'Control[suppression] dynamodb:UpdateItem', 'Control[return-request] dynamodb:PutItem',
    'Sends dynamodb:GetItem', 'Sends dynamodb:UpdateItem', 'configuration-set/segue-test ses:SendEmail', 'identity/* ses:SendEmail', 'signing-keys ssm:GetParameter', 'Events kinesis:PutRecords', 'Profiles dynamodb:GetItem',
  ],
  'answer-survey': ['signing-keys ssm:GetParameter', 'Events kinesis:PutRecords', 'Profiles dynamodb:GetItem', 'Profiles dynamodb:PutItem'],
  'import-products': [
    'Control[product-feed] dynamodb:GetItem', 'Control[product-feed] dynamodb:PutItem', 'Control[product] dynamodb:Query', 'Control[product] dynamodb:UpdateItem',
    'Failures sqs:GetQueueAttributes',
    'Failures sqs:GetQueueUrl',
    'Failures sqs:SendMessage',
    'ProductFeedBucket s3:GetObject',
    'ProductFeedBucket s3:ListBucket',
  ],
  'redeem-coupon': ['Control[coupon] dynamodb:GetItem', 'Control[coupon] dynamodb:UpdateItem', 'Events kinesis:PutRecords', 'Profiles dynamodb:GetItem'],
};

describe.each(stages)('function %s', (stage) => {
  const [, { Properties }] = functionOf(template, stage);
  const statements = statementsOf(template, Properties.Role['Fn::GetAtt'][0]);

  it('has exactly the environment of its schema', () => {
    const optional = ['EVENT_BUS'];
    expect(Object.keys(Properties.Environment.Variables).sort()).toEqual(
      Object.keys(envSchemas[stage].shape)
        .filter((name) => !optional.includes(name))
        .sort(),
    );
  });

  it('runs on Node 24 and arm64, is traced, and writes to a log that ends after a month', () => {
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
    });
    const log = template.findResources('AWS::Logs::LogGroup')[Properties.LoggingConfig.LogGroup.Ref];
    expect(log?.Properties).toMatchObject({ LogGroupName: `/segue/test/${stage}`, RetentionInDays: 30 });
  });

  it('[R1] may do what its code does, on the resources and kinds of item that it names, and nothing else', () => {
    const granted = statements.flatMap((statement) =>
      actionsOf(statement)
        .filter((action) => !/^(logs|xray):/.test(action))
        .flatMap((action) => [statement.Resource].flat().map((resource) => `${shortName(resource)}${kindsOf(statement)} ${action}`)),
    );
    expect(granted.sort()).toEqual([...allowed[stage]].sort());
  });

  it('has no managed policies', () => {
    const [roleId] = Properties.Role['Fn::GetAtt'];
    expect(template.findResources('AWS::IAM::Role')[roleId]?.Properties.ManagedPolicyArns).toBeUndefined();
  });
});

describe('the control table', () => {
  const statements = resourcesOf(template, 'AWS::IAM::Policy').flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);
  const ofControl = statements.filter(({ Resource }) => shortName([Resource].flat()[0]) === 'Control');

  it('[R1] is reached by kind only, and never by a call that names no key, which "for all values" would let through', () => {
    expect(ofControl.length).toBeGreaterThan(8);
    for (const statement of ofControl) {
      expect(statement.Condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': expect.any(Array) }, Null: { 'dynamodb:LeadingKeys': 'false' } });
      expect(actionsOf(statement)).not.toContain('dynamodb:Scan');
    }
  });

  it('[R2] gives write keys to nobody but who checks them, and signing keys are not in it', () => {
    const kinds = ofControl.map((statement) => [actionsOf(statement).join(), kindsOf(statement)] as const);
    expect(kinds.filter(([, kind]) => kind.includes('write-key'))).toEqual([['dynamodb:GetItem', '[write-key]']]);
    expect(kinds.filter(([, kind]) => kind.includes('signing') || kind.includes('[*'))).toEqual([]);
  });

  it('[R2] leaves the making of signing keys to functions that nobody outside can call', () => {
    const makers = stages.filter((stage) => statementsOf(template, functionOf(template, stage)[1].Properties.Role['Fn::GetAtt'][0]).some((statement) => actionsOf(statement).includes('ssm:PutParameter')));
    expect(makers).toEqual(['send-email', 'build-report']);
  });
});

describe('all policies', () => {
  const statements = resourcesOf(template, 'AWS::IAM::Policy').flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);

  it('name every action in full', () => {
    expect(statements.flatMap(actionsOf).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('use the resource * only where AWS has nothing narrower: log delivery, and the account of SES', () => {
    const everywhere = statements.filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(actionsOf);
    expect(
      everywhere.filter(
        (action) => !/^(ses:GetAccount$|logs:.*(LogDelivery|LogDeliveries|ResourcePolic|DescribeLogGroups))/.test(action),
      ),
    ).toEqual([]);
    expect(everywhere).toContain('ses:GetAccount');
  });

  it('let emails be sent from the configured address only', () => {
    const sending = statements.filter((statement) => actionsOf(statement).some((action) => action.startsWith('ses:Send')));
    expect(sending.length).toBeGreaterThan(0);
    for (const { Condition } of sending) expect(Condition).toEqual({ StringEquals: { 'ses:FromAddress': 'hello@lanternbooks.example' } });
  });
});

describe('addresses that functions get', () => {
  it("lead to the API without a slash at the end, and to the stage's state machines", () => {
    const { Variables: sendEmail } = functionOf(template, 'send-email')[1].Properties.Environment;
    expect(JSON.stringify(sendEmail.PUBLIC_URL)).toMatch(/https:\/\/.*\.execute-api\..*"\/test"\]\]\}$/);
    expect(sendEmail.CONFIGURATION_SET).toBe('segue-test');
    const { Variables: processEvents } = functionOf(template, 'process-events')[1].Properties.Environment;
    expect(JSON.stringify(processEvents.STATE_MACHINE_ARN_PREFIX)).toMatch(/:states:.*:stateMachine:segue-test-"\]\]\}$/);
  });
});

/** The partition keys that a statement is restricted to: `[opt-out coupon]`. */
function kindsOf({ Condition = {} }: Statement): string {
  const { 'ForAllValues:StringLike': like } = Condition as Record<string, Record<string, string[]> | undefined>;
  return like === undefined ? '' : `[${[like['dynamodb:LeadingKeys']].flat().join(' ')}]`;
}

/** The construct or the name that a policy's resource stands for: `Control`, `identity/*`, `segue-test-*`. */
function shortName(resource: unknown): string {
  const text = JSON.stringify(resource);
  const construct = /"Fn::GetAtt":\["[A-Za-z]*?(Control|Profiles|Sends|DeadLetters|Events|Failures|ArchiveBucket|ReportBucket|ProductFeedBucket)[0-9A-F]{8}"/.exec(text)?.[1];
  const named = /(segue-test-\*|identity\/\*|configuration-set\/[\w-]+|signing-keys)/.exec(text)?.[1];
  return construct ?? named ?? text;
}

describe('publishing of segment changes', () => {
  const published = templateOf(exampleStack({ config: { ...config, publishTransitions: true } }));
  const puts = (from: typeof template, stage: Stage) =>
    statementsOf(from, functionOf(from, stage)[1].Properties.Role['Fn::GetAtt'][0]).filter((statement) => actionsOf(statement).includes('events:PutEvents'));

  it.each(['process-events', 'refresh-segments'] as const)('lets %s put events of its own source on the default bus, when asked for', (stage) => {
    expect(puts(template, stage)).toEqual([]);
    expect(puts(published, stage)).toMatchObject([{ Condition: { StringEquals: { 'events:source': 'segue' } } }]);
    expect(JSON.stringify(puts(published, stage)[0]?.Resource)).toContain('event-bus/default');
    expect(functionOf(published, stage)[1].Properties.Environment.Variables.EVENT_BUS).toBe('default');
  });
});
