import { Duration, TimeZone } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CodeOf } from './bundle.ts';
import { failureQueue } from './queues.ts';
import { scheduleFunction } from './schedule.ts';
import { StageFunction, allow } from './stage-function.ts';
import type { Storage } from './storage.ts';

export interface RecalibrationProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
}

/** Stage 6: on the first of each month, publishes a new version of the thresholds. */
export class Recalibration extends Construct {
  readonly failures: IQueue;

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
      allow: [allow(['dynamodb:Scan'], [profiles.tableArn]), allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [control.tableArn])],
      memoryMb: 1024,
      timeoutSeconds: 900,
      failures: this.failures,
    });

    scheduleFunction(this, {
      stageName,
      name: 'recalibrate',
      schedule: ScheduleExpression.cron({ minute: '0', hour: '3', day: '1', month: '*', year: '*', timeZone: TimeZone.ETC_UTC }),
      target: recalibrate,
      retryAttempts: 5,
      maxEventAge: Duration.hours(24),
      failures: this.failures,
    });
  }
}
