import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from './runtime.ts';
import { storageProblem } from './storage/problem.ts';

/** Longer than a stop takes on a busy machine, and shorter than what supervisors wait for before they kill. */
const longestStopMs = 8000;

/**
 * Runs from the start until SIGINT or SIGTERM, then stops, and ends the process in any case: nothing that was forgotten may keep it.
 * The lock of the data folder is given back last. A full disk ends it at once, as a kill would, which loses nothing.
 * @param start resolves when the runtime answers
 */
export async function serve(dataDir: string, start: () => Promise<Runtime>, say: (text: string) => void): Promise<void> {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      process.stderr.write(`segue: ${storageProblem(error, dataDir) ?? stack ?? message}\n`);
      process.exit(1);
    });
  const stopped = new Promise<'stopped'>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done('stopped'));
  });
  const started = await Promise.race([
    start().catch((error: unknown) => {
      const problem = storageProblem(error, dataDir);
      throw problem === undefined ? error : new Error(problem);
    }),
    stopped,
  ]);
  if (started !== 'stopped') await stopped;
  say('\nStopping ...\n');
  // Whoever is stopped while starting has accepted nothing yet.
  if (started !== 'stopped' && (await Promise.race([started.stop(), sleep(longestStopMs, 'late')])) === 'late') process.stderr.write('segue: some work did not end in time; it is repeated at the next start\n');
  process.exit(0);
}
