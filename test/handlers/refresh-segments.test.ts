import { expect, test } from 'vitest';
import { createHandler } from '../../lambdas/refresh-segments/handler.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import { cartPlan, startMs } from '../support/events.ts';
import { FakeWorkflows, MemoryProfiles, MemoryWaits, recordingLogger } from '../support/fakes.ts';

test('a page with a profile that cannot be settled is the last one of its shard: the next would begin with it again', async () => {
  const store = new MemoryProfiles();
  const pages: string[] = [];
  const full = Array.from({ length: 200 }, (_, index) => `u#${index}`);
  Object.assign(store, {
    due: async (shard: string) => {
      pages.push(shard);
      return shard === '0' ? full : [];
    },
    load: async () => {
      throw new Error('this one is broken');
    },
  });
  const { logger } = recordingLogger();
  const refresh = createHandler({ plan: cartPlan, store, workflows: new FakeWorkflows(), waits: new MemoryWaits(), thresholds: { current: async () => ({ thresholds: initialThresholds(cartPlan.config), thresholdsVersion: 0 }) }, logger, now: () => startMs });
  expect(await refresh()).toEqual({ settled: 0, failed: 200 });
  expect(pages.filter((shard) => shard === '0')).toHaveLength(1);
});
