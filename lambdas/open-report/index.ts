import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from '../adapters/clients.ts';
import { createControlStore } from '../adapters/control-store.ts';
import { createLogger } from '../adapters/logger.ts';
import { createReportStore } from '../adapters/report-store.ts';
import { wrap } from '../adapters/wrap.ts';
import { readEnv } from '../schemas/env.ts';
import { createHandler } from './handler.ts';

const env = readEnv('open-report', process.env);

export const handler = wrap(
  'open-report',
  createHandler({
    control: createControlStore(documentClient(), env.CONTROL_TABLE),
    reports: createReportStore(new S3Client({}), env.REPORT_BUCKET),
    logger: createLogger('open-report'),
    now: Date.now,
  }),
);
