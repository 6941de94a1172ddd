import { createHandler as createRefresh } from '../../lambdas/refresh-segments/handler.ts';
import { createHandler } from '../../lambdas/process-events/handler.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import { bookstorePlan as plan, hourMs, startMs } from './events.ts';
import { emptyCatalogue, FakeDeadLetters, FakeStream, FakeWorkflows, MemoryBacklog, MemoryProfiles, MemoryWaits, recordingLogger } from './fakes.ts';

export const throttled = Object.assign(new Error('too busy'), { name: 'ProvisionedThroughputExceededException' });

/** A table that does not take every profile. */
export class FaultyProfiles extends MemoryProfiles {
  /** Why a profile is not written; undefined when it is. */
  refuses: (profile: Profile) => Error | undefined = () => undefined;
  saves = 0;
  override async saveProfile(profile: Profile): Promise<Profile> {
    this.saves += 1;
    const error = this.refuses(profile);
    if (error) throw error;
    return super.saveProfile(profile);
  }
}

/** The handlers of the stream and of the refresh over one such table. To sleep is to set the clock forward. */
export function faultyWorld(nowMs = startMs + hourMs) {
  const { logger, lines } = recordingLogger();
  const clock = { nowMs };
  const sleeps: number[] = [];
  const deps = {
    plan,
    store: new FaultyProfiles(),
    workflows: new FakeWorkflows(),
    waits: new MemoryWaits(),
    stream: new FakeStream(),
    deadLetters: new FakeDeadLetters(),
    catalogue: emptyCatalogue,
    backlog: new MemoryBacklog(),
    thresholds: { current: async () => ({ thresholds: initialThresholds(plan.config), thresholdsVersion: 0 }) },
    logger,
    now: () => clock.nowMs,
    sleep: async (ms: number) => {
      sleeps.push(ms);
      clock.nowMs += ms;
    },
  };
  return { ...deps, lines, clock, sleeps, handle: createHandler(deps), refresh: createRefresh(deps) };
}

/** Ids of the orders that count for somebody. */
export const ordersOf = (store: MemoryProfiles, userKey = 'u#ana') => [...store.conversions.values()].filter((one) => one.userKey === userKey).map(({ conversion }) => conversion.orderId);
