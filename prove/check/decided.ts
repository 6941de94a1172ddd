import type { History } from './history.ts';

/** An invocation may only rely on what it has looked at after its last pause; what was told before that has to count. */
export function decidedFrom(history: History): (invocation: number) => number {
  const from = new Map<number, number>();
  for (const entry of history.entries) if (entry.what === 'invoked' || entry.what === 'slept') from.set(entry.invocation, entry.atMs);
  return (invocation) => from.get(invocation) ?? -Infinity;
}
