import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/**
 * Calls back at once and after each change below a folder, one call at a time; a change during a call leads to another
 * one. It looks again and again instead of waiting for the system's notices, which differ with how an editor saves
 * and do not come from every file system.
 * @returns a function that ends it, after the first call
 */
export async function followFolder(directory: string, onChange: () => Promise<void>, everyMs = 200): Promise<() => void> {
  const stopping = new AbortController();
  let last = stateOf(directory);
  await onChange();
  const look = async () => {
    while (!stopping.signal.aborted) {
      await setTimeout(everyMs, undefined, { signal: stopping.signal });
      const next = stateOf(directory);
      if (next === last) continue;
      last = next;
      await onChange();
    }
  };
  look().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return () => stopping.abort();
}

function stateOf(directory: string): string {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((name) => {
        const found = statSync(join(directory, name), { throwIfNoEntry: false });
        return `${name}\t${found?.mtimeMs}\t${found?.size}`;
      })
      .join('\n');
  } catch (error) {
    // Folders may go while they are read, as when a branch is changed.
    return String(error);
  }
}
