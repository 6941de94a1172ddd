import { Duration, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CodeOf } from '../parts/bundle.ts';
import { resourceName, stateMachineArnPrefix } from '../names.ts';
import { failureQueue } from '../parts/queues.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import type { Storage } from '../storage.ts';

export interface WorkflowEndsProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
}

/** The end of each execution comes back as an event of the stream, which closes the workflow in the profile. */
export class WorkflowEnds extends Construct {
  readonly failures: IQueue;

  constructor(scope: Construct, id: string, { stageName, code, storage: { stream } }: WorkflowEndsProps) {
    super(scope, id);
    this.failures = failureQueue(this, stageName, 'workflow-ends-failures');
    const recordEnds = new StageFunction(this, 'RecordWorkflowEnds', {
      stageName,
      stage: 'record-workflow-ends',
      description: 'Turns ends of workflow executions into events of the stream',
      code,
      environment: { STREAM_NAME: stream.streamName },
      allow: [allow(['kinesis:PutRecords'], [stream.streamArn])],
      memoryMb: 512,
      timeoutSeconds: 30,
      failures: this.failures,
    });
    new Rule(this, 'Ends', {
      ruleName: resourceName(stageName, 'workflow-ends'),
      description: `Executions that ended, in stage ${stageName} of ${Stack.of(this).stackName}`,
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [{ prefix: stateMachineArnPrefix(this, stageName) }] },
      },
      targets: [new LambdaFunction(recordEnds, { retryAttempts: 10, maxEventAge: Duration.hours(24), deadLetterQueue: this.failures })],
    });
  }
}
