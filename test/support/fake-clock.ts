import type { Clock } from '../../local/time/clock.ts';
import { SharedTime } from '../../local/time/virtual-time.ts';

export interface FakeClock extends Clock {
  /** Lets time pass and wakes who waited for it. */
  advance(ms: number): void;
}

/** A clock that moves only by `advance`. */
export function fakeClock(startAtMs: number, scale = 1): FakeClock {
  let nowMs = startAtMs;
  const waiting = new Set<{ untilMs: number; wake: () => void }>();
  return {
    scale,
    time: new SharedTime(),
    during: (work) => work(),
    nowMs: () => nowMs,
    virtualOf: (realMs) => realMs,
    waitUntil: (untilMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(new DOMException('aborted', 'AbortError'));
        if (untilMs <= nowMs) return resolve();
        const entry = { untilMs, wake: resolve };
        waiting.add(entry);
        signal?.addEventListener('abort', () => {
          waiting.delete(entry);
          reject(new DOMException('aborted', 'AbortError'));
        });
      }),
    close: () => undefined,
    advance(ms) {
      nowMs += ms;
      for (const entry of waiting) {
        if (entry.untilMs > nowMs) continue;
        waiting.delete(entry);
        entry.wake();
      }
    },
  };
}
