import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { isTested, type Mutant } from './mutant.ts';

export interface Run {
  /** undefined when the command ended for another reason than a broken promise or a failed test. */
  isNoticed: boolean | undefined;
  /** The end of what the command said. */
  output: string;
}

/** Scenarios are left out: they run the built functions, and take minutes. */
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'pure', '--project', 'parts'];

/** Runs whoever has to notice a mutant in a copy of the project. */
export function watch(cwd: string, noticedBy: Mutant['noticedBy']): Run {
  // What is noticed is noticed by one test or promise; the others need not be waited for.
  const args = isTested(noticedBy) ? [...vitest, '--bail', '1', ...noticedBy.tests] : ['prove/cli.ts', '--until-broken', '--seeds', String(noticedBy.seeds)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const output = (stdout + stderr).slice(-3000);
  if (status === 0) return { isNoticed: false, output };
  // What does not even run proves nothing: a file that cannot be loaded has no tests that fail.
  const isSaid = isTested(noticedBy) ? /^ *Tests +\d+ failed/m.test(stripVTControlCharacters(stdout)) : /^BROKEN: /m.test(stdout);
  return { isNoticed: status === 1 && isSaid ? true : undefined, output };
}
