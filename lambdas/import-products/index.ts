import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from '../adapters/clients.ts';
import { createFeedCatalogue } from '../adapters/feed-catalogue.ts';
import { createFeedFile } from '../adapters/feed-file.ts';
import { createLogger } from '../adapters/logger.ts';
import { createPace } from '../adapters/pace.ts';
import { wrap } from '../adapters/wrap.ts';
import { readEnv } from '../schemas/env.ts';
import { createHandler } from './handler.ts';

const env = readEnv('import-products', process.env);
/** All products are of one kind, and so of one partition, which takes 1,000 writes a second. */
const writesPerSecond = 500;

export const handler = wrap(
  'import-products',
  createHandler({
    file: createFeedFile(new S3Client({}), env.FEED_BUCKET, env.FEED_KEY),
    catalogue: createFeedCatalogue(documentClient(), env.CONTROL_TABLE),
    logger: createLogger('import-products'),
    now: Date.now,
    pace: createPace(writesPerSecond, performance.now.bind(performance)),
  }),
);
