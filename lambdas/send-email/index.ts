import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createAccountRate } from '../adapters/mail/account-rate.ts';
import { createCatalogue } from '../adapters/catalogue.ts';
import { documentClient } from '../adapters/clients.ts';
import { createContactLog } from '../adapters/mail/contact-log.ts';
import { createControlStore, onHold } from '../adapters/control-store.ts';
import { createCounters } from '../adapters/counters.ts';
import { createCouponStore } from '../adapters/coupon-store.ts';
import { createLogger } from '../adapters/logger.ts';
import { createInboxStore } from '../adapters/mail/inbox-store.ts';
import { createMailer } from '../adapters/mail/mailer.ts';
import { createProfileStore } from '../adapters/profiles/store.ts';
import { createSendRate } from '../adapters/mail/send-rate.ts';
import { createSendStore } from '../adapters/mail/send-store.ts';
import { createPinnedThresholds } from '../adapters/threshold-source.ts';
import { createWaitStore } from '../adapters/wait-store.ts';
import { createWorkflows } from '../adapters/workflows.ts';
import { createKeyRingStore, createSigningKeys } from '../adapters/signing-keys.ts';
import { wrap } from '../adapters/wrap.ts';
import { compilePlan } from '../domain/plan/plan.ts';
import { createRenderer } from '../domain/emails/render.ts';
import { readEnv } from '../schemas/env.ts';
import { smokeTest, smokeTestEmail, withSmokeTest } from '../schemas/smoke-test.ts';
import shop from '../../segue.config.ts';
import emails from './compiled-emails.ts';
import { createHandler } from './handler.ts';

const config = withSmokeTest(shop);
const env = readEnv('send-email', process.env);
const documents = documentClient();
const control = createControlStore(documents, env.CONTROL_TABLE);

const logger = createLogger('send-email');
const ses = new SESv2Client({ maxAttempts: 1 });
const { maxPerSecond } = config.contact;

export const handler = wrap(
  'send-email',
  createHandler({
    plan: compilePlan(config),
    profiles: createProfileStore(documents, env.PROFILES_TABLE),
    control: env.HOLD === 'true' ? onHold(control) : control,
    inboxes: createInboxStore(documents, env.CONTROL_TABLE),
    signingKeys: createSigningKeys(createKeyRingStore(new SSMClient({}), env.SIGNING_KEYS), Date.now),
    thresholds: createPinnedThresholds(control, config),
    counters: createCounters(documents, env.CONTROL_TABLE, Math.random),
    rate: createSendRate({
      client: documents,
      table: env.CONTROL_TABLE,
      maxPerSecond: maxPerSecond === undefined ? createAccountRate({ ses, client: documents, table: env.CONTROL_TABLE, logger, now: Date.now }) : async () => maxPerSecond,
      now: Date.now,
      sleep,
      random: Math.random,
    }),
    waits: createWaitStore(documents, env.CONTROL_TABLE),
    workflows: createWorkflows(new SFNClient({}), env.STATE_MACHINE_ARN_PREFIX, config.campaigns),
    catalogue: createCatalogue(control),
    contacts: createContactLog(documents, env.CONTROL_TABLE),
    coupons: createCouponStore(documents, env.CONTROL_TABLE),
    sends: createSendStore(documents, env.SENDS_TABLE, config.retention.emailDays),
    mailer: createMailer(ses, env.CONFIGURATION_SET),
    renderer: createRenderer({ ...emails, [smokeTest]: smokeTestEmail }),
    logger,
    publicUrl: env.PUBLIC_URL,
    now: Date.now,
    newId: randomUUID,
  }),
);
