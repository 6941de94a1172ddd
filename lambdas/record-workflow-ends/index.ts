import { kinesisClient } from '../adapters/clients.ts';
import { createLogger } from '../adapters/logger.ts';
import { createStream } from '../adapters/stream.ts';
import { wrap } from '../adapters/wrap.ts';
import { readEnv } from '../schemas/env.ts';
import { createHandler } from './handler.ts';

const env = readEnv('record-workflow-ends', process.env);

export const handler = wrap('record-workflow-ends', createHandler({ stream: createStream(kinesisClient(), env.STREAM_NAME), logger: createLogger('record-workflow-ends'), now: Date.now }));
