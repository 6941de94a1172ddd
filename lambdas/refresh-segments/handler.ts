import { commit } from '../adapters/profiles/commit.ts';
import type { ProfileStore } from '../adapters/profiles/profile-store.ts';
import { dueShards } from '../adapters/profiles/codec.ts';
import type { ThresholdSource } from '../adapters/threshold-source.ts';
import type { Moment } from '../domain/profile/view.ts';
import { applyBacklog, type BacklogDeps } from './backlog.ts';

export interface Deps extends BacklogDeps {
  store: ProfileStore;
  thresholds: ThresholdSource;
  now: () => number;
}

const pageSize = 200;
/** A run takes at most this many profiles of one index shard; the next run continues where it stopped. */
const maxPages = 25;

/** Settles the profiles whose segment may have changed because time passed, carries out effects that a crash left in an outbox, and applies events that had to wait. */
export function createHandler(deps: Deps) {
  return async (): Promise<{ settled: number; failed: number }> => {
    const moment = { nowMs: deps.now(), ...(await deps.thresholds.current()) };
    const waiting = await applyBacklog(deps, moment);
    const counts = await Promise.all(dueShards.map((shard) => settleShard(deps, shard, moment)));
    const result = {
      settled: counts.reduce((sum, { settled }) => sum + settled, 0),
      failed: counts.reduce((sum, { failed }) => sum + failed, waiting),
    };
    deps.logger.info('refreshed', result);
    return result;
  };
}

async function settleShard(deps: Deps, shard: string, moment: Moment): Promise<{ settled: number; failed: number }> {
  const count = { settled: 0, failed: 0 };
  let pages = 0;
  for await (const userKeys of deps.store.due(shard, moment.nowMs, pageSize)) {
    const results = await Promise.all(userKeys.map((userKey) => settleOne(deps, userKey, moment)));
    count.settled += results.filter(Boolean).length;
    count.failed += results.filter((isSettled) => !isSettled).length;
    pages += 1;
    if (pages === maxPages) break;
  }
  return count;
}

/** @returns false when the profile cannot be settled; it is then postponed, so that it does not take the time of others */
async function settleOne(deps: Deps, userKey: string, moment: Moment): Promise<boolean> {
  try {
    await commit(deps, userKey, [], moment);
    return true;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    deps.logger.error('profile not settled', { error: name, reason: message });
    await deps.store.postpone(userKey, moment.nowMs).catch((fault: unknown) => deps.logger.error('profile not postponed', { error: fault instanceof Error ? fault.name : 'unknown' }));
    return false;
  }
}
