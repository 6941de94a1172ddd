import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { documentClient, kinesisClient } from '../adapters/clients.ts';
import { createControlStore } from '../adapters/control-store.ts';
import { createMailer } from '../adapters/mail/mailer.ts';
import { createReturnRequests } from '../adapters/return-requests.ts';
import { createLogger } from '../adapters/logger.ts';
import { createInboxStore } from '../adapters/mail/inbox-store.ts';
import { createSendStore } from '../adapters/mail/send-store.ts';
import { createProfileStore } from '../adapters/profiles/store.ts';
import { createStream } from '../adapters/stream.ts';
import { createKeyRingStore, createSigningKeys } from '../adapters/signing-keys.ts';
import { wrap } from '../adapters/wrap.ts';
import { faultAnswer } from '../domain/pages/person-page.ts';
import { readEnv } from '../schemas/env.ts';
import config from '../../segue.config.ts';
import { createHandler } from './handler.ts';

const env = readEnv('unsubscribe', process.env);
const documents = documentClient();

export const handler = wrap(
  'unsubscribe',
  createHandler({
    config,
    control: createControlStore(documents, env.CONTROL_TABLE),
    inboxes: createInboxStore(documents, env.CONTROL_TABLE),
    sends: createSendStore(documents, env.SENDS_TABLE),
    signingKeys: createSigningKeys(createKeyRingStore(new SSMClient({}), env.SIGNING_KEYS), Date.now),
    profiles: createProfileStore(documents, env.PROFILES_TABLE),
    requests: createReturnRequests(documents, env.CONTROL_TABLE),
    // A second attempt after a lost answer could send twice.
    mailer: createMailer(new SESv2Client({ maxAttempts: 1 }), env.CONFIGURATION_SET),
    publicUrl: env.PUBLIC_URL,
    stream: createStream(kinesisClient(), env.STREAM_NAME),
    logger: createLogger('unsubscribe'),
    now: Date.now,
  }),
  faultAnswer(config),
);
