import { Duration, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Alarm, ComparisonOperator, MathExpression, Metric, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { throttledMetric } from './api/api.ts';
import type { Archive } from './stages/archive.ts';
import { resourceName } from './names.ts';
import type { Recalibration } from './stages/recalibration.ts';
import type { Refresh } from './stages/refresh.ts';
import type { FailureKind, SendFailures } from './parts/send-failures.ts';
import { deadLetterMetrics, type Storage } from './storage.ts';

export interface AlarmsProps {
  stageName: string;
  storage: Storage;
  archive: Archive;
  api: RestApi;
  processEvents: IFunction;
  refresh: Refresh;
  stateMachines: ReadonlyMap<string, StateMachine>;
  sendFailures: SendFailures;
  feedbackFailures: IQueue;
  workflowEndsFailures: IQueue;
  recalibration: Recalibration;
  reportFailures: IQueue;
  productFeedFailures?: IQueue;
  /** Gets a mail from each alarm; without it, alarms only show in the console. */
  alarmEmail?: string;
}

interface AlarmRule {
  /** Heading of the alarm's section in the runbook, and its name unless there is one alarm for each of several things. */
  section: string;
  name?: string;
  says: string;
  metric: IMetric;
  threshold: number;
  /** How many periods in a row. */
  periods?: number;
}

const fiveMinutes = Duration.minutes(5);

/** Alarms for what an operator has to act on. Each alarm names its section of docs/runbook.md. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const topic = props.alarmEmail ? this.topic(props.stageName, props.alarmEmail) : undefined;
    for (const { section, name = section, says, metric, threshold, periods = 1 } of rules(props)) {
      const alarm = new Alarm(this, name, {
        alarmName: resourceName(props.stageName, name),
        alarmDescription: `${says} See docs/runbook.md#${section}`,
        metric,
        threshold,
        evaluationPeriods: periods,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      if (topic) alarm.addAlarmAction(new SnsAction(topic));
    }
  }

  private topic(stageName: string, email: string): Topic {
    const topic = new Topic(this, 'Topic', { topicName: resourceName(stageName, 'alarms'), enforceSSL: true });
    // A topic policy, such as the one for TLS, replaces the default policy, which is what lets alarms publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}

function rules(props: AlarmsProps): AlarmRule[] {
  const { storage, api, processEvents, refresh, stateMachines } = props;
  const sum = { statistic: 'Sum', period: fiveMinutes };
  const highest = { statistic: 'Maximum', period: fiveMinutes };
  // Of the whole account, because that is what SES reviews.
  const reputation = (metricName: string) =>
    new Metric({
      namespace: 'AWS/SES',
      metricName,
      statistic: 'Average',
      period: Duration.hours(1),
    });
  const fullStream = storage.stream.metric('WriteProvisionedThroughputExceeded', sum);
  const { metricNamespace: namespace, metricName } = throttledMetric(props.stageName);
  const deadLettersOf = (FilterId: string) =>
    new Metric({ namespace: 'AWS/S3', metricName: 'PutRequests', dimensionsMap: { BucketName: storage.deadLetters.bucketName, FilterId }, ...sum });
  const putAside = {
    count: Object.keys(deadLetterMetrics).map((name) => `FILL(${name}, 0)`).join(' + '),
    metrics: Object.fromEntries(Object.keys(deadLetterMetrics).map((name) => [name, deadLettersOf(name)])),
  };
  const deadLetters = new MathExpression({ expression: putAside.count, usingMetrics: putAside.metrics, period: sum.period, label: 'dead letters' });
  // One wrong event among few is no trend, so a share counts from ten dead letters on.
  const deadLetterShare = new MathExpression({
    expression: `IF((${putAside.count}) >= 10, 100 * (${putAside.count}) / FILL(incoming, 1), 0)`,
    usingMetrics: { ...putAside.metrics, incoming: storage.stream.metricIncomingRecords(sum) },
    period: sum.period,
    label: 'dead letters, percent of events',
  });

  return [
    {
      section: 'events-late',
      says: 'Events wait more than 5 minutes before they are processed.',
      metric: processEvents.metric('IteratorAge', highest),
      threshold: 300_000,
      periods: 3,
    },
    {
      section: 'process-events-errors',
      says: 'The function fails on whole batches of events, which are tried again.',
      metric: processEvents.metricErrors(sum),
      threshold: 1,
      periods: 3,
    },
    { section: 'dead-letters', says: 'Events could not be processed and were put aside.', metric: deadLetters, threshold: 1 },
    { section: 'dead-letter-share', says: 'More than one percent of the events become dead letters.', metric: deadLetterShare, threshold: 1, periods: 3 },
    {
      section: 'stream-full',
      says: 'The stream has too few shards for the events that come in.',
      metric: fullStream,
      threshold: 1,
      periods: 2,
    },
    ...(props.archive.age ? [{ section: 'archive-late', says: 'Events are not written to the archive.', metric: props.archive.age, threshold: Duration.hours(1).toMilliseconds(), periods: 3 }] : []),
    { section: 'requests-throttled', says: 'Write keys or links are over their limits, for a quarter of an hour already.', metric: new Metric({ namespace, metricName, ...sum }), threshold: 100, periods: 3 },
    { section: 'api-errors', says: 'The API answers with 5xx.', metric: api.metricServerError(sum), threshold: 5, periods: 2 },
    {
      section: 'refresh-errors',
      says: 'The refresh of segments fails as a whole.',
      metric: refresh.refreshSegments.metricErrors(sum),
      threshold: 1,
      periods: 3,
    },
    {
      section: 'refresh-unsettled',
      says: 'Some people whose time has come are not moved to their new segment.',
      metric: refresh.unsettled.metric(sum),
      threshold: 1,
      periods: 3,
    },
    // Aborted executions are not counted: a campaign's exit stops the workflow on purpose.
    ...[...stateMachines].flatMap(([campaign, stateMachine]) => [
      {
        section: 'workflow-failures',
        name: `workflow-failures-${campaign}`,
        says: `Workflows of ${campaign} failed.`,
        metric: stateMachine.metricFailed(sum),
        threshold: 1,
      },
      {
        section: 'workflow-failures',
        name: `workflow-timeouts-${campaign}`,
        says: `Workflows of ${campaign} timed out.`,
        metric: stateMachine.metricTimedOut(sum),
        threshold: 1,
      },
    ]),
    ...notSent(props.sendFailures),
    { section: 'feedback-failures', says: 'Email events could not be recorded.', metric: depth(props.feedbackFailures), threshold: 1 },
    {
      section: 'workflow-ends-failures',
      says: 'Ends of workflows could not be recorded; these people cannot come in again for days.',
      metric: depth(props.workflowEndsFailures),
      threshold: 1,
    },
    {
      section: 'recalibrate-failures',
      says: 'The monthly recalibration did not end.',
      metric: depth(props.recalibration.failures),
      threshold: 1,
    },
    {
      section: 'calibration-frozen',
      says: 'Scores have drifted so far that a threshold was not moved.',
      metric: props.recalibration.frozen.metric(sum),
      threshold: 1,
    },
    { section: 'report-failures', says: 'The monthly report was not made, or not sent to all of its readers.', metric: depth(props.reportFailures), threshold: 1 },
    ...(props.productFeedFailures
      ? [{ section: 'product-feed-failures', says: 'The product feed could not be imported; emails show products as they were.', metric: depth(props.productFeedFailures), threshold: 1 }]
      : []),
    // SES puts an account under review at a bounce rate of 5% and a complaint rate of 0.1%.
    {
      section: 'bounces',
      says: 'The bounce rate nears the 5% at which SES reviews an account.',
      metric: reputation('Reputation.BounceRate'),
      threshold: 0.04,
    },
    {
      section: 'complaints',
      says: 'The complaint rate nears the 0.1% at which SES reviews an account.',
      metric: reputation('Reputation.ComplaintRate'),
      threshold: 0.0008,
    },
  ];
}

function depth(queue: IQueue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: fiveMinutes, statistic: 'Maximum' });
}

/** The first such email raises the alarm, except for throttling, which only matters when it lasts. */
function notSent(failures: SendFailures): AlarmRule[] {
  const rule = (section: string, kind: FailureKind, says: string, periods = 1) => ({ section, says, metric: failures.metric(kind), threshold: 1, periods });
  return [
    rule('sending-paused', 'SendingPaused', 'SES has paused sending; workflows wait.'),
    rule('sender-not-verified', 'SenderNotVerified', 'SES does not know the sender, or the account is in the sandbox; no email goes out.'),
    rule('send-quota', 'SendQuotaReached', 'The account has sent all that it may in 24 hours; workflows wait.'),
    rule('send-rate', 'SendThrottled', 'More emails are due than the account may send in a second, for half an hour already.', 6),
    rule('send-rejected', 'SendRejected', 'SES refuses emails, and would refuse them again.'),
  ];
}
