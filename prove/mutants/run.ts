import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { mutants } from './list.ts';
import { mutated, type Mutant } from './mutant.ts';

const root = join(import.meta.dirname, '../..');
const leftOut = new Set(['node_modules', '.git', 'cdk.out', '.segue', '.build', 'coverage']);

interface Run {
  /** undefined when the command ended for another reason than a broken promise or a failed test. */
  isNoticed: boolean | undefined;
  output: string;
}

/** Takes each guard away in a copy of the project, and looks whether it is noticed. @returns the number of mutants that live, or could not be judged */
export function runMutants(only: string | undefined, say: (line: string) => void): number {
  const chosen = mutants.filter(({ name }) => only === undefined || name.includes(only));
  const copy = mkdtempSync(join(tmpdir(), 'prove-mutants-'));
  let alive = 0;
  try {
    cpSync(root, copy, { recursive: true, filter: (path) => !leftOut.has(basename(path)) });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const noticedBy of distinct(chosen.map((mutant) => mutant.noticedBy))) {
      const { isNoticed, output } = watch(copy, noticedBy);
      if (isNoticed !== false) throw new Error(`without any change, this already fails: ${JSON.stringify(noticedBy)}\n${output}`);
    }
    for (const mutant of chosen) {
      const path = join(copy, mutant.file);
      const source = readFileSync(path, 'utf8');
      writeFileSync(path, mutated(source, mutant));
      const { isNoticed, output } = watch(copy, mutant.noticedBy);
      writeFileSync(path, source);
      say(`${isNoticed === true ? 'killed' : isNoticed === false ? 'ALIVE ' : 'BROKEN'}  ${mutant.name}`);
      if (isNoticed === true) continue;
      alive += 1;
      if (isNoticed === undefined) say(output);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  say(`${chosen.length - alive} of ${chosen.length} mutants killed`);
  return alive;
}

function watch(cwd: string, noticedBy: Mutant['noticedBy']): Run {
  const commands = 'tests' in noticedBy ? [['node_modules/vitest/vitest.mjs', 'run', '--project', 'parts', ...noticedBy.tests]] : [['prove/cli.ts', '--seeds', String(noticedBy.seeds)]];
  let output = '';
  for (const args of commands) {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });
    output = (stdout + stderr).slice(-3000);
    if (status === 0) continue;
    // What does not even run proves nothing.
    const isSaid = 'tests' in noticedBy ? /\d+ failed/.test(stdout) : /^BROKEN: /m.test(stdout);
    return { isNoticed: status === 1 && isSaid ? true : undefined, output };
  }
  return { isNoticed: false, output };
}

function distinct<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}
