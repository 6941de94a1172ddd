import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until `look` finds something. @throws Error naming what was waited for */
export async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>, withinMs = 20_000): Promise<NonNullable<T>> {
  const until = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found as NonNullable<T>;
    if (Date.now() > until) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await sleep(40);
  }
}
