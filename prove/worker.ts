import { runSeed } from './run.ts';
import type { Summary } from './workers.ts';

/** Plays the seeds that the parent process sends, one after the other. */
process.on('message', (seed: string) => {
  void play(seed).then((summary) => process.send?.(summary));
});

async function play(seed: string): Promise<Summary> {
  try {
    const { violations, known, counts } = await runSeed(seed);
    return { seed, violations, known, counts };
  } catch (error) {
    return { seed, violations: [], known: [], counts: { events: 0, mails: 0, executions: 0, crashes: 0, deadLetters: 0 }, crash: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
