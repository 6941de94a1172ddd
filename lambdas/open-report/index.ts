import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createLogger } from '../adapters/logger.ts';
import { createReportStore } from '../adapters/report-store.ts';
import { createKeyRingStore, createSigningKeys } from '../adapters/signing-keys.ts';
import { wrap } from '../adapters/wrap.ts';
import { faultAnswer } from '../domain/pages/person-page.ts';
import { readEnv } from '../schemas/env.ts';
import config from '../../segue.config.ts';
import { createHandler } from './handler.ts';

const env = readEnv('open-report', process.env);

export const handler = wrap(
  'open-report',
  createHandler({
    config,
    signingKeys: createSigningKeys(createKeyRingStore(new SSMClient({}), env.SIGNING_KEYS), Date.now),
    reports: createReportStore(new S3Client({}), env.REPORT_BUCKET),
    logger: createLogger('open-report'),
    now: Date.now,
  }),
  faultAnswer(config),
);
