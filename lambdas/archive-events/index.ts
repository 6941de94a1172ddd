import { S3Client } from '@aws-sdk/client-s3';
import { createArchive } from '../adapters/archive.ts';
import { wrap } from '../adapters/wrap.ts';
import { readEnv } from '../schemas/env.ts';
import { createHandler } from './handler.ts';

const env = readEnv('archive-events', process.env);

export const handler = wrap('archive-events', createHandler({ archive: createArchive(new S3Client({}), env.ARCHIVE_BUCKET) }));
