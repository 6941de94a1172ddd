import { documentClient, kinesisClient } from '../adapters/clients.ts';
import { createControlStore } from '../adapters/control-store.ts';
import { createLogger } from '../adapters/logger.ts';
import { createInboxStore } from '../adapters/mail/inbox-store.ts';
import { createSendStore } from '../adapters/mail/send-store.ts';
import { createStream } from '../adapters/stream.ts';
import { wrap } from '../adapters/wrap.ts';
import { readEnv } from '../schemas/env.ts';
import config from '../../segue.config.ts';
import { createHandler } from './handler.ts';

const env = readEnv('record-feedback', process.env);
const documents = documentClient();

export const handler = wrap(
  'record-feedback',
  createHandler({
    sends: createSendStore(documents, env.SENDS_TABLE),
    control: createControlStore(documents, env.CONTROL_TABLE),
    inboxes: createInboxStore(documents, env.CONTROL_TABLE),
    limit: config.suppression,
    topicOf: (campaign) => (Object.hasOwn(config.campaigns, campaign) ? config.campaigns[campaign]?.topic : undefined),
    stream: createStream(kinesisClient(), env.STREAM_NAME),
    logger: createLogger('record-feedback'),
    now: Date.now,
  }),
);
