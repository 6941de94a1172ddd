import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createCalibrationStore } from '../adapters/calibration-store.ts';
import { documentClient } from '../adapters/clients.ts';
import { createControlStore } from '../adapters/control-store.ts';
import { createCounters } from '../adapters/counters.ts';
import { countDeadLetters } from '../adapters/dead-letter-count.ts';
import { createLogger } from '../adapters/logger.ts';
import { createMailer } from '../adapters/mail/mailer.ts';
import { createNotices } from '../adapters/notices.ts';
import { createProfileStore } from '../adapters/profiles/store.ts';
import { createReportStore } from '../adapters/report-store.ts';
import { createSendStore } from '../adapters/mail/send-store.ts';
import { createKeyRingStore, createSigningKeys } from '../adapters/signing-keys.ts';
import { wrap } from '../adapters/wrap.ts';
import { compilePlan } from '../domain/plan/plan.ts';
import { renderReport } from '../domain/report/render.ts';
import { readEnv } from '../schemas/env.ts';
import config from '../../segue.config.ts';
import { createHandler } from './handler.ts';

const env = readEnv('build-report', process.env);
const documents = documentClient();
const s3 = new S3Client({});

export const handler = wrap(
  'build-report',
  createHandler({
    plan: compilePlan(config),
    profiles: createProfileStore(documents, env.PROFILES_TABLE),
    sends: createSendStore(documents, env.SENDS_TABLE),
    control: createControlStore(documents, env.CONTROL_TABLE),
    signingKeys: createSigningKeys(createKeyRingStore(new SSMClient({}), env.SIGNING_KEYS), Date.now),
    calibration: createCalibrationStore(documents, env.CONTROL_TABLE),
    counters: createCounters(documents, env.CONTROL_TABLE, Math.random),
    countLetters: (month) => countDeadLetters(s3, env.DEAD_LETTER_BUCKET, month),
    reports: createReportStore(s3, env.REPORT_BUCKET),
    render: renderReport,
    notices: createNotices(documents, env.CONTROL_TABLE),
    mailer: createMailer(new SESv2Client({ maxAttempts: 1 }), env.CONFIGURATION_SET),
    logger: createLogger('build-report'),
    publicUrl: env.PUBLIC_URL,
    now: Date.now,
  }),
);
