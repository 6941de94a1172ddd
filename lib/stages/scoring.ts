import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, StartingPosition, type IEventSourceDlq, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { CodeOf } from '../parts/bundle.ts';
import { accept, arnReferenceInFinding } from '../nag.ts';
import { stateMachineArnPrefix } from '../names.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { onKinds } from '../parts/table-access.ts';
import { streamReading } from '../parts/stream-reading.ts';
import type { Storage } from '../storage.ts';
import { transitionPublishing } from '../parts/transitions.ts';
import { acceptWorkflowControl, workflowControl } from '../parts/workflow-control.ts';

export interface ScoringProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  publishTransitions: boolean;
}

/** Stage 2: folds events into profiles, and starts and stops workflows. */
export class Scoring extends Construct {
  readonly processEvents: IFunction;

  constructor(scope: Construct, id: string, { stageName, code, storage, publishTransitions }: ScoringProps) {
    super(scope, id);
    const { stream, profiles, control, deadLetters } = storage;
    const publishing = transitionPublishing(this, publishTransitions);
    this.processEvents = new StageFunction(this, 'ProcessEvents', {
      stageName,
      stage: 'process-events',
      description: 'Folds events into profiles and segments',
      code,
      environment: {
        PROFILES_TABLE: profiles.tableName,
        CONTROL_TABLE: control.tableName,
        STREAM_NAME: stream.streamName,
        DEAD_LETTER_BUCKET: deadLetters.bucketName,
        STATE_MACHINE_ARN_PREFIX: stateMachineArnPrefix(this, stageName),
        ...publishing.environment,
      },
      allow: [
        streamReading(stream),
        allow(['kinesis:PutRecords'], [stream.streamArn]),
        allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'], [profiles.tableArn]),
        onKinds(control, ['GetItem'], ['thresholds', 'classifier']),
        onKinds(control, ['UpdateItem'], ['product', 'wait']),
        allow(['s3:PutObject'], [deadLetters.arnForObjects('*')]),
        // The event source mapping checks that the bucket is there before it writes what it gave up.
        allow(['s3:ListBucket'], [deadLetters.bucketArn]),
        ...workflowControl(this, stageName),
        ...publishing.allow,
      ],
      memoryMb: 1024,
      timeoutSeconds: 60,
    });
    accept(
      this,
      `IAM5[Resource::${arnReferenceInFinding(deadLetters)}/*]`,
      'Letters are named by day and sequence number, so the grant covers the objects of this one bucket.',
    );
    acceptWorkflowControl(this, stageName);

    new EventSourceMapping(this, 'Events', {
      target: this.processEvents,
      eventSourceArn: stream.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 500,
      maxBatchingWindow: Duration.seconds(1),
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: 10,
      // Shorter than the stream keeps a record, so that there is time to store what is given up.
      maxRecordAge: Duration.hours(20),
      onFailure: toBucket(deadLetters.bucketArn),
    });
  }
}

/** Like CDK's S3OnFailureDestination, which would also let the function read and delete what is in the bucket. */
function toBucket(bucketArn: string): IEventSourceDlq {
  return { bind: () => ({ destination: bucketArn }) };
}
