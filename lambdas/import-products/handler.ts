import type { FeedCatalogue } from '../adapters/feed-catalogue.ts';
import type { FeedFile } from '../adapters/feed-file.ts';
import type { Logger } from '../adapters/logger.ts';
import { readFeed } from '../domain/feed/read-feed.ts';
import { FeedError } from '../domain/feed/record.ts';
import { importFeed } from './import.ts';

export interface Deps {
  file: FeedFile;
  catalogue: FeedCatalogue;
  logger: Logger;
  now: () => number;
  pace: (writes: number) => Promise<void>;
}

/** Rejected items that the log names; it counts all. */
const namedRejections = 20;

/** Brings the catalogue to what the shop's product feed says, on a schedule. A file that has not changed is not read again, unless a sale began or ended. */
export function createHandler({ file, catalogue, logger, now, pace }: Deps) {
  return async (): Promise<void> => {
    const [found, last] = [await file.newest(), await catalogue.lastFeed()];
    if (found === undefined) {
      if (last !== undefined) throw new FeedError('the product feed is gone: its last version stays in force');
      logger.info('no product feed yet');
      return;
    }
    const { key, etag } = found;
    const nowMs = now();
    if (last?.etag === etag && nowMs < (last.changesAtMs ?? Infinity)) {
      logger.info('product feed unchanged', { key });
      return;
    }
    let named = 0;
    const { changesAtMs, refusedToWithdraw, ...counts } = await importFeed({
      records: readFeed(await found.open()),
      catalogue,
      nowMs,
      pace,
      onRejected: ({ line, id, problem }) => {
        named += 1;
        if (named <= namedRejections) logger.warn('item of the product feed left out', { line, id, reason: problem });
      },
    });
    logger.info('product feed imported', { key, ...counts });
    if (refusedToWithdraw !== undefined) throw new FeedError(`${refusedToWithdraw} products are not in the feed any more, which is more than half of the catalogue: none was withdrawn`);
    await catalogue.noteFeed({ etag, atMs: nowMs, ...(changesAtMs !== undefined && { changesAtMs }) });
  };
}
