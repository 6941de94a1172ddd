import type { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createCalibrationStore } from '../../lambdas/adapters/calibration-store.ts';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import { createCounters } from '../../lambdas/adapters/counters.ts';
import { countDeadLetters } from '../../lambdas/adapters/dead-letter-count.ts';
import { createProfileStore } from '../../lambdas/adapters/profiles/store.ts';
import { createReportStore } from '../../lambdas/adapters/report-store.ts';
import { createSendStore } from '../../lambdas/adapters/mail/send-store.ts';
import { buildNumbers } from '../../lambdas/build-report/build.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { renderReport } from '../../lambdas/domain/report/render.ts';
import { monthOf } from '../../lambdas/domain/period.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { ConsoleSource } from './state.ts';

export interface MonthReportDeps {
  documents: DynamoDBDocumentClient;
  s3: S3Client;
  profilesTable: string;
  controlTable: string;
  sendsTable: string;
  deadLetterBucket: string;
  /** Where the reports of earlier months are kept; left out, nothing is compared with them. */
  reportBucket?: string | undefined;
  config: Config;
  nowMs(): number;
}

/** Builds the report for each request from the current tables. */
export function createMonthReport({ documents, s3, config, nowMs, ...names }: MonthReportDeps): ConsoleSource['monthReport'] {
  const deps = {
    plan: compilePlan(config),
    profiles: createProfileStore(documents, names.profilesTable),
    sends: createSendStore(documents, names.sendsTable),
    control: createControlStore(documents, names.controlTable),
    calibration: createCalibrationStore(documents, names.controlTable),
    counters: createCounters(documents, names.controlTable, Math.random),
    countLetters: (month: string) => countDeadLetters(s3, names.deadLetterBucket, month),
    reports: names.reportBucket === undefined ? undefined : createReportStore(s3, names.reportBucket),
  };
  return async (month = monthOf(nowMs())) => {
    const data = await buildNumbers(deps, month, nowMs());
    return { html: await renderReport(data), json: JSON.stringify(data, null, 2) };
  };
}
