import { Duration, TimeZone } from 'aws-cdk-lib';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CodeOf } from '../parts/bundle.ts';
import { failureQueue } from '../parts/queues.ts';
import { scheduleFunction } from '../parts/schedule.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { onKinds } from '../parts/table-access.ts';
import type { Storage } from '../storage.ts';

export interface RecalibrationProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
}

/** Stage 6: on the first of each month, publishes a new version of the thresholds. */
export class Recalibration extends Construct {
  readonly failures: IQueue;
  /** Counts thresholds that stay because the scores have drifted. */
  readonly frozen: MetricFilter;

  constructor(scope: Construct, id: string, { stageName, code, storage }: RecalibrationProps) {
    super(scope, id);
    const { profiles, control } = storage;
    this.failures = failureQueue(this, stageName, 'recalibrate-failures');
    const recalibrate = new StageFunction(this, 'Recalibrate', {
      stageName,
      stage: 'recalibrate',
      description: 'Moves the thresholds that the config lets it move',
      code,
      environment: { PROFILES_TABLE: profiles.tableName, CONTROL_TABLE: control.tableName },
      allow: [
        allow(['dynamodb:Scan', 'dynamodb:BatchGetItem'], [profiles.tableArn]),
        onKinds(control, ['GetItem', 'PutItem'], ['thresholds', 'classifier', 'calibration', 'calibration-part#*', 'calibration-measure']),
        onKinds(control, ['Query'], ['calibration-part#*', 'calibration-measure']),
      ],
      // One virtual CPU: reading many profiles uses only one.
      memoryMb: 1769,
      timeoutSeconds: 900,
      failures: this.failures,
    });
    this.frozen = new MetricFilter(this, 'Frozen', {
      logGroup: recalibrate.logGroup,
      filterPattern: FilterPattern.literal('"calibration frozen"'),
      metricNamespace: 'Segue',
      metricName: `${stageName}-calibrations-frozen`,
    });

    scheduleFunction(this, {
      stageName,
      name: 'recalibrate',
      // Each run continues where the one before ran out of time. Once the month is done, later runs end at once. The report comes at 05:00.
      schedule: ScheduleExpression.cron({ minute: '0/15', hour: '3-4', day: '1', month: '*', year: '*', timeZone: TimeZone.ETC_UTC }),
      target: recalibrate,
      retryAttempts: 5,
      maxEventAge: Duration.hours(24),
      failures: this.failures,
    });
  }
}
