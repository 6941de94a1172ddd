import { documentClient, kinesisClient } from '../adapters/clients.ts';
import { createControlStore } from '../adapters/control-store.ts';
import { createLogger } from '../adapters/logger.ts';
import { createProfileStore } from '../adapters/profiles/store.ts';
import { createStream } from '../adapters/stream.ts';
import { createSurveyStore } from '../adapters/survey-store.ts';
import { wrap } from '../adapters/wrap.ts';
import { readEnv } from '../schemas/env.ts';
import config from '../../segue.config.ts';
import { createHandler } from './handler.ts';

const env = readEnv('answer-survey', process.env);
const documents = documentClient();

export const handler = wrap(
  'answer-survey',
  createHandler({
    config,
    control: createControlStore(documents, env.CONTROL_TABLE),
    profiles: createProfileStore(documents, env.PROFILES_TABLE),
    answers: createSurveyStore(documents, env.PROFILES_TABLE),
    stream: createStream(kinesisClient(), env.STREAM_NAME),
    logger: createLogger('answer-survey'),
    now: Date.now,
  }),
);
