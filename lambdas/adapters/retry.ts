import { isLasting } from './lasting.ts';

/** What pauses and tells the time. */
export interface Patience {
  sleep(ms: number): Promise<unknown>;
  now(): number;
}

/** Between the attempts; the SDK makes three of its own in each. */
const pausesMs = [200, 1000];
/** No other attempt is begun after this. */
const longestMs = 10_000;

/** Does again what may pass, a few times and for a bounded time. @throws what the last attempt threw */
export async function withRetries<T>({ sleep, now }: Patience, work: (attempt: number) => Promise<T>): Promise<T> {
  const startedAtMs = now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      const pauseMs = pausesMs[attempt];
      if (pauseMs === undefined || isLasting(error) || now() - startedAtMs + pauseMs > longestMs) throw error;
      await sleep(pauseMs);
    }
  }
}
