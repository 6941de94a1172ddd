import { createHandler as createRefresh } from '../../lambdas/refresh-segments/handler.ts';
import { createHandler } from '../../lambdas/process-events/handler.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import type { Envelope } from '../../lambdas/schemas/event.ts';
import { cartPlan, envelopeOf, hourMs, startMs } from './events.ts';
import { emptyCatalogue, FakeDeadLetters, FakeStream, FakeWorkflows, MemoryBacklog, MemoryProfiles, MemoryWaits, recordingLogger, Trouble } from './fakes.ts';
import { kinesisEvent } from './kinesis.ts';

/** The handlers of the stream and of the refresh over stores in memory, any call of which may fail. */
export function troubledWorld(trouble = new Trouble(), nowMs = startMs + hourMs) {
  const { logger, lines } = recordingLogger();
  const clock = { nowMs };
  const deps = {
    plan: cartPlan,
    store: new MemoryProfiles(trouble),
    workflows: new FakeWorkflows(trouble),
    waits: new MemoryWaits(trouble),
    stream: new FakeStream(trouble),
    deadLetters: new FakeDeadLetters(),
    catalogue: emptyCatalogue,
    backlog: new MemoryBacklog(trouble),
    thresholds: { current: async () => ({ thresholds: initialThresholds(cartPlan.config), thresholdsVersion: 0 }) },
    logger,
    now: () => clock.nowMs,
    sleep: async () => {},
  };
  return { ...deps, lines, clock, handle: createHandler(deps), refresh: createRefresh(deps) };
}

export const at = (hours: number) => new Date(startMs + hours * hourMs).toISOString();
export const add = (more: Record<string, unknown> = {}) => envelopeOf({ event: 'add_to_cart', timestamp: at(0), properties: { product_id: 'b1', name: 'Emma' }, ...more });
export const buy = (more: Record<string, unknown> = {}) => envelopeOf({ event: 'purchase', timestamp: at(0.5), properties: { product_id: 'b1' }, ...more });

/** Delivers a batch as the stream does: again from the first failure on, until all is well. */
export async function deliver(handle: ReturnType<typeof troubledWorld>['handle'], records: (Envelope | string)[]): Promise<number> {
  let first = 1;
  for (let deliveries = 1; deliveries <= 50; deliveries += 1) {
    let failures: number[];
    try {
      const answer = await handle(kinesisEvent(records.slice(first - 1), first));
      failures = answer.batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
    } catch {
      failures = [first];
    }
    if (failures.length === 0) return deliveries;
    first = Math.min(...failures);
  }
  throw new Error('the batch never succeeded');
}

/** Lets the refresh run until nothing is left to do. */
export async function finish({ refresh, store, backlog, clock }: Pick<ReturnType<typeof troubledWorld>, 'refresh' | 'store' | 'backlog' | 'clock'>): Promise<void> {
  for (let runs = 0; runs < 100; runs += 1) {
    clock.nowMs += 5 * 60_000;
    await refresh().catch(() => {});
    if (backlog.list.size === 0 && [...store.items.values()].every(({ out }) => out === undefined)) return;
  }
  throw new Error('the refresh never finishes');
}

/** A profile, but for how often it was written and when its segment was found. */
export function whateverTheTime(store: MemoryProfiles, userKey: string): object {
  const { version: _version, segment, ...rest } = store.profile(userKey);
  return { ...rest, segment: segment?.name };
}

export const changesOf = (store: MemoryProfiles): string[] => [...store.transitions.values()].map(({ userKey, transition: { from, to } }) => `${userKey}: ${from} -> ${to}`).sort();
