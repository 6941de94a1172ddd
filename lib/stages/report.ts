import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { LambdaIntegration, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { CodeOf } from '../parts/bundle.ts';
import { accept, arnInFinding, arnReferenceInFinding } from '../nag.ts';
import { privateBucket } from '../parts/private-bucket.ts';
import { failureQueue } from '../parts/queues.ts';
import { scheduleFunction } from '../parts/schedule.ts';
import { StageFunction, allow } from '../parts/stage-function.ts';
import { signingKeyAccess } from '../parts/signing-keys.ts';
import { onKinds } from '../parts/table-access.ts';
import type { Storage } from '../storage.ts';

export interface ReportProps {
  stageName: string;
  code: CodeOf;
  storage: Storage;
  config: Config;
  configurationSetName: string;
  api: RestApi;
  /** Base of the link to a report. */
  publicUrl: string;
}

/** Stage 7: after each month, a page and its numbers, and the link to it for its readers. */
export class Report extends Construct {
  /** `reports/<yyyy-MM>.html` and `.json`; sums, and nobody's personal data. */
  readonly bucket: Bucket;
  readonly failures: IQueue;

  constructor(scope: Construct, id: string, props: ReportProps) {
    super(scope, id);
    const { stageName, api } = props;
    this.bucket = this.createBucket();
    this.failures = failureQueue(this, stageName, 'report-failures');
    scheduleFunction(this, {
      stageName,
      name: 'build-report',
      // Two hours after the recalibration, whose outcome is in the report.
      schedule: ScheduleExpression.cron({ minute: '0', hour: '5', day: '1', month: '*', year: '*', timeZone: TimeZone.ETC_UTC }),
      target: this.buildReport(props),
      retryAttempts: 5,
      maxEventAge: Duration.hours(24),
      failures: this.failures,
    });
    const openReport = this.openReport(props);
    api.root.addResource('r').addResource('{token}').addMethod('GET', new LambdaIntegration(openReport, { allowTestInvoke: false }));
  }

  private createBucket(): Bucket {
    const bucket = privateBucket(this, 'Bucket', { expiration: Duration.days(3 * 365) });
    accept(bucket, 'S1', 'Holds sums and nobody\'s personal data. Written once a month and read through one function, whose log has the month and the time of each reading, and not who read.');
    return bucket;
  }

  private buildReport({ stageName, code, storage, config, configurationSetName, publicUrl }: ReportProps): StageFunction<'build-report'> {
    const { profiles, control, sends, deadLetters } = storage;
    const keys = signingKeyAccess(this, stageName, 'make');
    const stack = Stack.of(this);
    const ses = (resource: string, name: string) => stack.formatArn({ service: 'ses', resource, resourceName: name });
    accept(this, `IAM5[Resource::${arnInFinding('ses', 'identity/*')}]`, 'A condition allows the configured sender only, which may be verified as address or domain.');
    accept(this, `IAM5[Resource::${arnReferenceInFinding(this.bucket)}/reports/*]`, 'One object for each month, in this one bucket.');
    return new StageFunction(this, 'BuildReport', {
      stageName,
      stage: 'build-report',
      description: 'Makes the report of a month',
      code,
      environment: {
        PROFILES_TABLE: profiles.tableName,
        CONTROL_TABLE: control.tableName,
        SENDS_TABLE: sends.tableName,
        DEAD_LETTER_BUCKET: deadLetters.bucketName,
        REPORT_BUCKET: this.bucket.bucketName,
        CONFIGURATION_SET: configurationSetName,
        ...keys.environment,
        PUBLIC_URL: publicUrl,
      },
      allow: [
        allow(['dynamodb:BatchGetItem', 'dynamodb:Scan'], [profiles.tableArn]),
        allow(['dynamodb:Scan'], [sends.tableArn]),
        keys.allow,
        onKinds(control, ['GetItem'], ['thresholds', 'classifier']),
        onKinds(control, ['Query'], ['counter#*']),
        onKinds(control, ['PutItem', 'DeleteItem'], ['report-notice']),
        allow(['s3:ListBucket'], [deadLetters.bucketArn]),
        allow(['s3:GetObject', 's3:PutObject'], [this.bucket.arnForObjects('reports/*')]),
        // Without it, S3 answers a missing report of the month before with 403 instead of 404.
        allow(['s3:ListBucket'], [this.bucket.bucketArn]),
        allow(['ses:SendEmail'], [ses('identity', '*'), ses('configuration-set', configurationSetName)], {
          StringEquals: { 'ses:FromAddress': config.sender.address },
        }),
      ],
      memoryMb: 3008,
      timeoutSeconds: 900,
      failures: this.failures,
    });
  }

  private openReport({ stageName, code }: ReportProps): StageFunction<'open-report'> {
    const keys = signingKeyAccess(this, stageName, 'read');
    return new StageFunction(this, 'OpenReport', {
      stageName,
      stage: 'open-report',
      description: 'Shows a report by its signed link',
      code,
      environment: { ...keys.environment, REPORT_BUCKET: this.bucket.bucketName },
      allow: [
        keys.allow,
        allow(['s3:GetObject'], [this.bucket.arnForObjects('reports/*')]),
        // Without it, S3 answers a missing report with 403 instead of 404.
        allow(['s3:ListBucket'], [this.bucket.bucketArn]),
      ],
      memoryMb: 512,
      timeoutSeconds: 10,
    });
  }
}
