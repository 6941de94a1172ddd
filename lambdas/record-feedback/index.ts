import { documentClient, kinesisClient } from '../adapters/clients.ts';
import { createControlStore } from '../adapters/control-store.ts';
import { createLogger } from '../adapters/logger.ts';
import { createSendStore } from '../adapters/mail/send-store.ts';
import { createStream } from '../adapters/stream.ts';
import { wrap } from '../adapters/wrap.ts';
import { readEnv } from '../schemas/env.ts';
import { createHandler } from './handler.ts';

const env = readEnv('record-feedback', process.env);
const documents = documentClient();

export const handler = wrap(
  'record-feedback',
  createHandler({
    sends: createSendStore(documents, env.SENDS_TABLE),
    control: createControlStore(documents, env.CONTROL_TABLE),
    stream: createStream(kinesisClient(), env.STREAM_NAME),
    logger: createLogger('record-feedback'),
    now: Date.now,
  }),
);
