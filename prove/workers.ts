import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Violation } from './check/check.ts';
import type { RunResult } from './run.ts';

/** What is left of a run when its history is no longer needed. */
export interface Summary extends Pick<RunResult, 'seed' | 'counts'> {
  violations: Violation[];
  known: Violation[];
  /** Set when the run itself came to no end. */
  crash?: string;
}

/** Plays seeds in as many processes as there are processors. @param onResult answers whether to go on */
export async function playSeeds(seeds: readonly string[], workers = availableParallelism(), onResult: (summary: Summary) => boolean = () => true): Promise<void> {
  const waiting = [...seeds];
  await Promise.all(Array.from({ length: Math.min(workers, seeds.length) }, () => playUntilEmpty(waiting, onResult)));
}

function playUntilEmpty(waiting: string[], onResult: (summary: Summary) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'worker.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const next = () => {
      const seed = waiting.shift();
      if (seed === undefined) child.disconnect();
      else child.send(seed);
    };
    child.on('message', (summary: Summary) => {
      if (!onResult(summary)) waiting.length = 0;
      next();
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a process that played seeds ended with ${code}`))));
    next();
  });
}
