import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine, Machines } from './machines.ts';

/** Soon enough beside deployments, which take minutes; far below the rates at which AWS throttles lists. */
const everyMs = 5_000;

/**
 * Does something that deletes state machines, and meanwhile ends every workflow that is still running or starts before its function is
 * changed. AWS deletes a state machine only when none of its executions runs, and ours wait for days.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
 * @param doomed the machines that are about to be deleted
 */
export async function whileEnding<T>(machines: Machines, doomed: readonly Machine[], cause: string, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const ending = (async () => {
    while (doomed.length > 0 && !over.signal.aborted) {
      for (const machine of doomed) await machines.end(machine, cause);
      await sleep(everyMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  try {
    return await work();
  } finally {
    over.abort();
    // What could not be ended shows in the outcome of the work.
    await ending.catch(() => undefined);
  }
}
