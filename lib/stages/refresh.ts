import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { CodeOf } from '../parts/bundle.ts';
import { accept, arnReferenceInFinding } from '../nag.ts';
import { stateMachineArnPrefix } from '../names.ts';
import { scheduleFunction } from '../parts/schedule.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { onKinds, onPartitions } from '../parts/table-access.ts';
import type { Storage } from '../storage.ts';
import { transitionPublishing } from '../parts/transitions.ts';
import { acceptWorkflowControl, workflowControl } from '../parts/workflow-control.ts';

export interface RefreshProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  publishTransitions: boolean;
}

/** Stage 3: every 5 minutes, moves the people whose segment time alone has changed. */
export class Refresh extends Construct {
  readonly refreshSegments: IFunction;
  /** Counts profiles that a run could not settle; the run itself goes on and succeeds. */
  readonly unsettled: MetricFilter;

  constructor(scope: Construct, id: string, { stageName, code, storage, publishTransitions }: RefreshProps) {
    super(scope, id);
    const { stream, profiles, control, deadLetters } = storage;
    const publishing = transitionPublishing(this, publishTransitions);
    const refreshSegments = new StageFunction(this, 'RefreshSegments', {
      stageName,
      stage: 'refresh-segments',
      description: 'Moves people whose segment changes by time alone',
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
        allow(['dynamodb:Query'], [`${profiles.tableArn}/index/due`]),
        allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'], [profiles.tableArn]),
        // Events that had to wait are applied, and then removed; some are sent after a person who is known by now, or put aside.
        onPartitions(profiles, ['DeleteItem'], ['backlog', 'backlog#*']),
        allow(['kinesis:PutRecords'], [stream.streamArn]),
        allow(['s3:PutObject'], [deadLetters.arnForObjects('*')]),
        onKinds(control, ['GetItem'], ['thresholds', 'classifier']),
        onKinds(control, ['UpdateItem'], ['wait']),
        ...workflowControl(this, stageName),
        ...publishing.allow,
      ],
      memoryMb: 1024,
      // Ends before the next run begins.
      timeoutSeconds: 240,
    });
    accept(
      this,
      `IAM5[Resource::${arnReferenceInFinding(deadLetters)}/*]`,
      'Letters are named by day and sequence number, so the grant covers the objects of this one bucket.',
    );
    acceptWorkflowControl(this, stageName);
    this.refreshSegments = refreshSegments;
    this.unsettled = new MetricFilter(this, 'Unsettled', {
      logGroup: refreshSegments.logGroup,
      filterPattern: FilterPattern.literal('"profile not settled"'),
      metricNamespace: 'Segue',
      metricName: `${stageName}-profiles-not-settled`,
    });

    scheduleFunction(this, {
      stageName,
      name: 'refresh-segments',
      schedule: ScheduleExpression.rate(Duration.minutes(5)),
      target: refreshSegments,
      // No retries and no queue: the next run finds everything that this one left.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(5),
    });
  }
}
