import { Duration } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { ConfigurationSet, EmailSendingEvent, EventDestination, SuppressionReasons } from 'aws-cdk-lib/aws-ses';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CodeOf } from '../parts/bundle.ts';
import { resourceName } from '../names.ts';
import { failureQueue } from '../parts/queues.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { onKinds } from '../parts/table-access.ts';
import type { Storage } from '../storage.ts';

export interface FeedbackProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
}

/** Stage 5: what happens to emails comes back as events of the stream. */
export class Feedback extends Construct {
  /** `segue-<stage>`; every email is sent with it. */
  readonly configurationSetName: string;
  readonly failures: IQueue;

  constructor(scope: Construct, id: string, { stageName, code, storage }: FeedbackProps) {
    super(scope, id);
    this.configurationSetName = `segue-${stageName}`;
    const configurationSet = new ConfigurationSet(this, 'ConfigurationSet', {
      configurationSetName: this.configurationSetName,
      reputationMetrics: true,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
    });
    configurationSet.addEventDestination('EventBridge', {
      configurationSetEventDestinationName: 'eventbridge',
      destination: EventDestination.eventBus(EventBus.fromEventBusName(this, 'DefaultBus', 'default')),
      events: Object.values(EmailSendingEvent),
    });

    this.failures = failureQueue(this, stageName, 'feedback-failures');
    const { sends, control, stream } = storage;
    const recordFeedback = new StageFunction(this, 'RecordFeedback', {
      stageName,
      stage: 'record-feedback',
      description: 'Turns SES events into events of the stream',
      code,
      environment: { SENDS_TABLE: sends.tableName, CONTROL_TABLE: control.tableName, STREAM_NAME: stream.streamName },
      allow: [
        allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [sends.tableArn]),
        onKinds(control, ['PutItem'], ['opt-out']),
        onKinds(control, ['GetItem', 'UpdateItem'], ['suppression']),
        allow(['kinesis:PutRecords'], [stream.streamArn]),
      ],
      memoryMb: 512,
      timeoutSeconds: 30,
      failures: this.failures,
    });
    new Rule(this, 'SesEvents', {
      ruleName: resourceName(stageName, 'ses-events'),
      description: 'Events of emails that were sent with the configuration set',
      eventPattern: { source: ['aws.ses'], detail: { mail: { tags: { 'ses:configuration-set': [this.configurationSetName] } } } },
      targets: [new LambdaFunction(recordFeedback, { retryAttempts: 10, maxEventAge: Duration.hours(24), deadLetterQueue: this.failures })],
    });
  }
}
