import { describe, expect, it } from 'vitest';
import { actionsOf, exampleStack, exampleTemplate, functionOf, resourcesOf, statementsOf, templateOf } from './fixture.ts';

const template = exampleTemplate();
const [functionId, { Properties: archiveEvents }] = functionOf(template, 'archive-events');
const bucketId = archiveEvents.Environment.Variables.ARCHIVE_BUCKET.Ref as string;

describe('the archive', () => {
  it('takes every record of the event stream, in batches as large as they can be, until it is written or the stream forgets it', () => {
    const [[streamId]] = resourcesOf(template, 'AWS::Kinesis::Stream') as [[string, unknown]];
    const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').filter(([, { Properties }]) => Properties.FunctionName.Ref === functionId);
    expect(mappings.map(([, { Properties }]) => Properties)).toEqual([
      {
        FunctionName: { Ref: functionId },
        EventSourceArn: { 'Fn::GetAtt': [streamId, 'Arn'] },
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 10_000,
        MaximumBatchingWindowInSeconds: 300,
        BisectBatchOnFunctionError: true,
      },
    ]);
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

  it('may be added to, and neither read nor emptied, by the function', () => {
    const onBucket = statementsOf(template, archiveEvents.Role['Fn::GetAtt'][0]).filter(({ Resource }) => JSON.stringify(Resource).includes(bucketId));
    expect(onBucket.map((statement) => [actionsOf(statement), statement.Resource])).toEqual([
      [['s3:PutObject'], { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucketId, 'Arn'] }, '/events/*']] }],
    ]);
  });

  it('rings when events have waited for an hour', () => {
    const alarm = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(([, { Properties }]) => Properties.AlarmName === 'segue-test-archive-late');
    expect(alarm?.[1].Properties).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'IteratorAge',
      Threshold: 3_600_000,
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: functionId } }],
    });
  });

  it('is written no more where a stage says so, and keeps what it has', () => {
    const without = templateOf(exampleStack({ archive: false }));
    expect(() => functionOf(without, 'archive-events')).toThrow('no function');
    expect(resourcesOf(without, 'AWS::Lambda::EventSourceMapping')).toHaveLength(1);
    expect(resourcesOf(without, 'AWS::S3::Bucket').map(([id]) => id)).toContain(bucketId);
    expect(resourcesOf(without, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.AlarmName)).not.toContain('segue-test-archive-late');
  });
});
