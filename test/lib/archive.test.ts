import { describe, expect, it } from 'vitest';
import { actionsOf, exampleTemplate, resourcesOf, statementsOf } from './fixture.ts';

const template = exampleTemplate();
const [[, delivery]] = resourcesOf(template, 'AWS::KinesisFirehose::DeliveryStream') as unknown as [
  [string, { Properties: any; DependsOn: string[] }],
];
const { KinesisStreamSourceConfiguration: source, ExtendedS3DestinationConfiguration: destination } = delivery.Properties;
const bucketId = destination.BucketARN['Fn::GetAtt'][0];
const roleId = destination.RoleARN['Fn::GetAtt'][0];

describe('the archive', () => {
  it('takes every record of the event stream', () => {
    const [[streamId]] = resourcesOf(template, 'AWS::Kinesis::Stream') as [[string, unknown]];
    expect(delivery.Properties.DeliveryStreamType).toBe('KinesisStreamAsSource');
    expect(source.KinesisStreamARN['Fn::GetAtt']).toEqual([streamId, 'Arn']);
  });

  it('holds gzipped records, one a line, by the hour, and what failed apart from them', () => {
    expect(destination).toMatchObject({
      CompressionFormat: 'GZIP',
      Prefix: 'events/!{timestamp:yyyy/MM/dd/HH}/',
      ErrorOutputPrefix: expect.stringMatching(/^errors\//),
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [{ Type: 'AppendDelimiterToRecord', Parameters: [{ ParameterName: 'Delimiter', ParameterValue: '\\n' }] }],
      },
    });
  });

  it('[P6] is private, encrypted, outlives the stack, and gets cheaper after 90 days, and forgets after three years', () => {
    const { Properties, DeletionPolicy } = resourcesOf(template, 'AWS::S3::Bucket').find(([id]) => id === bucketId)![1];
    expect(DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(Object.values(Properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
    expect(Properties.BucketEncryption).toBeDefined();
    const [rule] = Properties.LifecycleConfiguration.Rules;
    expect(rule.Transitions).toEqual([{ StorageClass: 'GLACIER_IR', TransitionInDays: 90 }]);
    expect(rule.ExpirationInDays).toBe(1095);
  });

  it('is written with a role that can read this stream and write this bucket, and nothing else', () => {
    const statements = statementsOf(template, roleId);
    const allowed = statements.flatMap(actionsOf).toSorted();
    expect(allowed).toEqual([
      'kinesis:DescribeStream',
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
      'logs:PutLogEvents',
      's3:AbortMultipartUpload',
      's3:GetBucketLocation',
      's3:GetObject',
      's3:ListBucket',
      's3:ListBucketMultipartUploads',
      's3:PutObject',
    ]);
    for (const { Resource } of statements) expect(Resource).not.toBe('*');
  });

  it('is ready before Firehose is made, which checks that it may write', () => {
    const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(([, { Properties }]) => Properties.Roles[0].Ref === roleId);
    expect(delivery.DependsOn).toEqual(expect.arrayContaining(policies.map(([id]) => id)));
  });

  it('rings when events have waited for an hour', () => {
    const alarm = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(
      ([, { Properties }]) => Properties.AlarmName === 'segue-test-archive-late',
    );
    expect(alarm?.[1].Properties).toMatchObject({
      Namespace: 'AWS/Firehose',
      MetricName: 'DeliveryToS3.DataFreshness',
      Threshold: 3600,
      Dimensions: [{ Name: 'DeliveryStreamName', Value: delivery.Properties.DeliveryStreamName }],
    });
  });
});
