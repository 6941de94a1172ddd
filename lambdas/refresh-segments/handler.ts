import { commit, type CommitDeps } from '../adapters/profiles/commit.ts';
import type { Logger } from '../adapters/logger.ts';
import type { ProfileStore } from '../adapters/profiles/store.ts';
import { dueShards } from '../adapters/profiles/codec.ts';
import type { ThresholdSource } from '../adapters/threshold-source.ts';
import type { Moment } from '../domain/profile/view.ts';

export interface Deps extends CommitDeps {
  store: ProfileStore;
  thresholds: ThresholdSource;
  logger: Logger;
  now: () => number;
}

const pageSize = 200;
/** A run takes at most this many profiles of one index shard; the next run goes on where it stopped. */
const maxPages = 25;

/** Settles the profiles whose segment may have changed because time passed, and finishes effects that a crash left behind. */
export function createHandler(deps: Deps) {
  return async (): Promise<{ settled: number; failed: number }> => {
    const moment = { nowMs: deps.now(), ...(await deps.thresholds.current()) };
    const counts = await Promise.all(dueShards.map((shard) => settleShard(deps, shard, moment)));
    const result = {
      settled: counts.reduce((sum, { settled }) => sum + settled, 0),
      failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    };
    deps.logger.info('refreshed', result);
    return result;
  };
}

async function settleShard(deps: Deps, shard: string, moment: Moment): Promise<{ settled: number; failed: number }> {
  const count = { settled: 0, failed: 0 };
  for (let page = 0; page < maxPages; page += 1) {
    const userKeys = await deps.store.due(shard, moment.nowMs, pageSize);
    const results = await Promise.allSettled(userKeys.map((userKey) => commit(deps, userKey, [], moment)));
    const failures = results.filter(({ status }) => status === 'rejected');
    count.settled += results.length - failures.length;
    count.failed += failures.length;
    for (const { reason } of failures as PromiseRejectedResult[]) deps.logger.error('profile not settled', { error: reason?.name, reason: reason?.message });
    // Those that failed are still the most overdue: going on would only meet them again.
    if (userKeys.length < pageSize || failures.length > 0) break;
  }
  return count;
}
