import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isTested, mutated, type Mutant } from './mutant.ts';
import { watch } from './watch.ts';

const root = join(import.meta.dirname, '../..');
const leftOut = new Set(['node_modules', '.git', 'cdk.out', '.segue', '.build', 'coverage']);

export interface Choice {
  /** Those with one of these in their name; all, if there is none. */
  only?: readonly string[] | undefined;
  /** Those that stand in the list after the last one with this in its name. */
  after?: string | undefined;
}

/** Without any change, a promise is broken or a test fails. */
export class BrokenBefore extends Error {}

/** @returns the mutants of the choice; none when it names what is not there */
export function chosenOf(list: readonly Mutant[], { only = [], after }: Choice): Mutant[] {
  const last = after === undefined ? -1 : list.findLastIndex(({ name }) => name.includes(after));
  const rest = after !== undefined && last < 0 ? [] : list.slice(last + 1);
  return rest.filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)));
}

/**
 * Takes each guard away in a copy of the project, and looks whether it is noticed. Before that, everybody who has to notice must be content
 * with the project as it is.
 * @returns the number of mutants that live, or could not be judged
 * @throws BrokenBefore
 */
export function runMutants(mutants: readonly Mutant[], say: (line: string) => void): number {
  const copy = mkdtempSync(join(tmpdir(), 'prove-mutants-'));
  // Also when somebody stops it with Ctrl-C.
  const remove = () => rmSync(copy, { recursive: true, force: true });
  process.once('exit', remove);
  const alive: string[] = [];
  try {
    cpSync(root, copy, { recursive: true, filter: (path) => !leftOut.has(basename(path)) });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const noticedBy of everybody(mutants)) {
      const { isNoticed, output } = watch(copy, noticedBy);
      if (isNoticed !== false) throw new BrokenBefore(`without any change, this already fails: ${JSON.stringify(noticedBy)}\n${output}`);
    }
    say(`the project as it is keeps all that ${mutants.length} mutants break`);
    for (const [place, mutant] of mutants.entries()) {
      const path = join(copy, mutant.file);
      const source = readFileSync(path, 'utf8');
      writeFileSync(path, mutated(source, mutant));
      const { isNoticed, output } = watch(copy, mutant.noticedBy);
      writeFileSync(path, source);
      say(`${String(place + 1).padStart(3)} of ${mutants.length}  ${isNoticed === true ? 'killed' : isNoticed === false ? 'ALIVE ' : 'BROKEN'}  ${mutant.name}`);
      if (isNoticed === true) continue;
      alive.push(mutant.name);
      if (isNoticed === undefined) say(output);
    }
  } finally {
    process.removeListener('exit', remove);
    remove();
  }
  for (const name of alive) say(`not killed: ${name}`);
  say(`${mutants.length - alive.length} of ${mutants.length} mutants killed`);
  return alive.length;
}

/** All test files in one run, since starting one takes longer than most tests; and the seeds of whoever asks for the most. */
function everybody(mutants: readonly Mutant[]): Mutant['noticedBy'][] {
  const lists = mutants.map(({ noticedBy }) => noticedBy);
  const tests = [...new Set(lists.flatMap((noticedBy) => (isTested(noticedBy) ? noticedBy.tests : [])))];
  const seeds = Math.max(0, ...lists.map((noticedBy) => (isTested(noticedBy) ? 0 : noticedBy.seeds)));
  return [...(tests.length > 0 ? [{ tests }] : []), ...(seeds > 0 ? [{ seeds }] : [])];
}
