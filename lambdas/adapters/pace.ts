import { setTimeout as sleep } from 'node:timers/promises';

/** @returns a function that waits until so many more events may go, so that they are at most so many a second over any longer time */
export function createPace(
  eventsPerSecond: number,
  now: () => number,
  pause: (ms: number) => Promise<unknown> = sleep,
): (count: number) => Promise<void> {
  let freeAtMs = now();
  return async (count) => {
    const waitMs = freeAtMs - now();
    if (waitMs > 0) await pause(waitMs);
    freeAtMs = Math.max(freeAtMs, now()) + (count * 1000) / eventsPerSecond;
  };
}
