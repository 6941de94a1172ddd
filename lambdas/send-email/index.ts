import { SESv2Client } from '@aws-sdk/client-sesv2';
import { createCatalogue } from '../adapters/catalogue.ts';
import { documentClient } from '../adapters/clients.ts';
import { createContactLog } from '../adapters/contact-log.ts';
import { createControlStore } from '../adapters/control-store.ts';
import { createCouponStore } from '../adapters/coupon-store.ts';
import { createLogger } from '../adapters/logger.ts';
import { createMailer } from '../adapters/mailer.ts';
import { createProfileStore } from '../adapters/profile-store.ts';
import { createSendStore } from '../adapters/send-store.ts';
import { wrap } from '../adapters/wrap.ts';
import { createRenderer } from '../domain/render.ts';
import { readEnv } from '../schemas/env.ts';
import config from '../../segue.config.ts';
import emails from '../../emails/compiled.json' with { type: 'json' };
import { createHandler } from './handler.ts';

const env = readEnv('send-email', process.env);
const documents = documentClient();
const control = createControlStore(documents, env.CONTROL_TABLE);

export const handler = wrap(
  'send-email',
  createHandler({
    config,
    profiles: createProfileStore(documents, env.PROFILES_TABLE),
    control,
    catalogue: createCatalogue(control),
    contacts: createContactLog(documents, env.CONTROL_TABLE),
    coupons: createCouponStore(documents, env.CONTROL_TABLE),
    sends: createSendStore(documents, env.SENDS_TABLE),
    mailer: createMailer(new SESv2Client({ maxAttempts: 1 }), env.CONFIGURATION_SET),
    renderer: createRenderer(emails),
    logger: createLogger('send-email'),
    publicUrl: env.PUBLIC_URL,
    now: Date.now,
  }),
);
