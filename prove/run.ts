import { createHash } from 'node:crypto';
import { checkHistory, open, type Violation } from './check/check.ts';
import { lineOf, type Entry } from './check/history.ts';
import { Crowd } from './people/crowd.ts';
import { Erasures } from './people/erasures.ts';
import { createWorld, dayMs, startMs } from './world/world.ts';
import { witnessOf } from './world/witness.ts';

export interface RunResult {
  seed: string;
  violations: Violation[];
  /** Of promises that are known to be open. */
  known: Violation[];
  history: readonly Entry[];
  counts: Record<'events' | 'mails' | 'executions' | 'crashes' | 'deadLetters', number>;
}

/** One seed from the first visit until nothing is left to do, and what the checker says of it. */
export async function runSeed(seed: string): Promise<RunResult> {
  const days = 8;
  const world = createWorld(seed, days);
  const { clock, faults, history } = world;
  const crowd = new Crowd(world);
  crowd.begin(startMs + days * dayMs);
  new Erasures(world, world.random.fork('erasures'), crowd.people).begin(startMs + days * dayMs);
  // Trouble outlasts the people's days a little, so that what they left behind meets it, too.
  clock.at(startMs + (days + 2) * dayMs, () => {
    faults.stop();
    history.add({ what: 'world', note: 'calm' });
  });
  await clock.run();
  crowd.probe();
  await clock.run();
  const found = checkHistory(history, witnessOf(world, crowd.people));
  return {
    seed,
    violations: found.filter(({ rule }) => open[rule] === undefined),
    known: found.filter(({ rule }) => open[rule] !== undefined),
    history: history.entries,
    counts: {
      events: history.all('record').length,
      mails: history.all('mail').length,
      executions: history.all('started').length,
      crashes: history.all('returned').filter(({ error }) => error === 'Runtime.ExitError').length,
      deadLetters: history.all('dead-letter').length,
    },
  };
}

/** Tells two histories apart. */
export const fingerprint = (history: readonly Entry[]): string => createHash('sha256').update(history.map(lineOf).join('\n')).digest('hex').slice(0, 16);
