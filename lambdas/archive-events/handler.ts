import type { KinesisStreamEvent } from 'aws-lambda';
import type { Archive } from '../adapters/archive.ts';
import { archiveObject } from './object.ts';

export interface Deps {
  archive: Archive;
}

/**
 * Writes a batch of the stream into the archive, as one object. Can be repeated. Any fault fails the batch as a whole, and the stream
 * delivers it again until it is written, or until the stream forgets it.
 */
export function createHandler({ archive }: Deps) {
  return async ({ Records }: KinesisStreamEvent): Promise<void> => {
    if (Records.length > 0) await archive.write(archiveObject(Records));
  };
}
