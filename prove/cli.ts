import { open } from './check/check.ts';
import { lineOf } from './check/history.ts';
import { Progress } from '../tools/simulate/progress.ts';
import { mutants } from './mutants/list.ts';
import { isTested } from './mutants/mutant.ts';
import { BrokenBefore, chosenOf, runMutants } from './mutants/run.ts';
import { help, parseOptions, UsageError, type Options } from './options.ts';
import { fingerprint, runSeed, type RunResult } from './run.ts';
import { playSeeds } from './workers.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else if (options.mutants) process.exitCode = judgeMutants(options);
  else process.exitCode = options.seed === undefined ? await playMany(options) : await playOne(options.seed, options.history);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof BrokenBefore)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function judgeMutants(options: Options): number {
  const chosen = chosenOf(mutants, options);
  if (chosen.length === 0) throw new UsageError('no mutant has such a name; --mutants --list says which there are');
  if (!options.list) return runMutants(chosen, (line) => console.log(line)) > 0 ? 1 : 0;
  for (const { name, noticedBy } of chosen) console.log(`${name}: ${isTested(noticedBy) ? noticedBy.tests.join(', ') : `${noticedBy.seeds} seeds`}`);
  return 0;
}

async function playOne(seed: string, showsHistory: boolean): Promise<number> {
  const result = await runSeed(seed);
  if (showsHistory || result.violations.length > 0) console.log(result.history.map(lineOf).join('\n'));
  console.log(report(result));
  return result.violations.length > 0 ? 1 : 0;
}

async function playMany({ seeds, from, workers, untilBroken }: Options): Promise<number> {
  const startedAtMs = performance.now();
  const broken = new Map<string, string[]>();
  const known = new Map<string, number>();
  const totals: Record<string, number> = {};
  let failing = 0;
  const progress = new Progress(process.stderr, Date.now);
  let played = 0;
  await playSeeds(Array.from({ length: seeds }, (_, index) => String(from + index)), workers, (summary) => {
    played += 1;
    progress.show('seeds', played / seeds, `${played} of ${seeds}, ${failing} failing`);
    for (const [name, count] of Object.entries(summary.counts)) totals[name] = (totals[name] ?? 0) + count;
    for (const { rule } of summary.known) known.set(rule, (known.get(rule) ?? 0) + 1);
    const found = [...summary.violations, ...(summary.crash === undefined ? [] : [{ rule: 'a run comes to its end', problem: summary.crash }])];
    if (found.length > 0) failing += 1;
    for (const { rule, problem } of found) broken.set(rule, [...(broken.get(rule) ?? []), `seed ${summary.seed}: ${problem}`]);
    return found.length === 0 || !untilBroken;
  });
  progress.done();
  for (const [rule, list] of broken) console.log(`BROKEN: ${rule}: ${list.length} times\n${list.slice(0, 5).map((line) => `  ${line}`).join('\n')}`);
  for (const [rule, count] of known) console.log(`${rule}: known to be open (${open[rule]}), met ${count} times`);
  const seconds = (performance.now() - startedAtMs) / 1000;
  console.log(`${played} seeds in ${seconds.toFixed(1)} s, ${failing} failing; ${Object.entries(totals).map(([name, count]) => `${count} ${name}`).join(', ')}`);
  if (failing > 0) console.log('npm run prove -- --seed N plays one of them again, and prints what happened');
  return failing > 0 ? 1 : 0;
}

function report({ seed, violations, known, history, counts }: RunResult): string {
  return [`seed ${seed}: ${Object.entries(counts).map(([name, count]) => `${count} ${name}`).join(', ')}; history ${fingerprint(history)}`, ...known.map(({ rule, problem }) => `open: ${rule}: ${problem}`), ...violations.map(({ rule, problem }) => `BROKEN: ${rule}: ${problem}`)].join('\n');
}
