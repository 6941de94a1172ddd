import { TimerQueue, type Timer } from './queue.ts';

/**
 * Virtual time. Nothing waits: the clock jumps to the next thing that is due. Between two of them, everything that follows
 * from the first by promises alone has come to rest, so a run depends on its seed and on nothing else.
 */
export interface Clock {
  now(): number;
  at(ms: number, action: () => void): Timer;
  after(ms: number, action: () => void): Timer;
  sleep(ms: number): Promise<void>;
  /** Goes on until nothing is due any more, or nothing before `untilMs`. */
  run(untilMs?: number): Promise<void>;
}

/** A run that does more than this goes round in circles. */
const mostSteps = 3_000_000;

export function createClock(startMs: number): Clock {
  let nowMs = startMs;
  let steps = 0;
  const queue = new TimerQueue();
  const clock: Clock = {
    now: () => nowMs,
    at: (ms, action) => queue.add(Math.max(nowMs, Math.round(ms)), action),
    after: (ms, action) => clock.at(nowMs + ms, action),
    sleep: (ms) => new Promise((resolve) => clock.after(ms, resolve)),
    async run(untilMs = Infinity) {
      await settled();
      for (let timer = queue.next(untilMs); timer !== undefined; timer = queue.next(untilMs)) {
        nowMs = timer.atMs;
        timer.action();
        await settled();
        steps += 1;
        if (steps > mostSteps) throw new Error(`the run does not come to an end: ${mostSteps} steps, now at ${new Date(nowMs).toISOString()}`);
      }
      if (Number.isFinite(untilMs)) nowMs = Math.max(nowMs, untilMs);
    },
  };
  return clock;
}

/** Promises are carried on before the event loop turns. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
