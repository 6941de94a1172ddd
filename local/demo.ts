import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import config from '../examples/bookstore/segue.config.ts';
import { startRuntime, type Runtime } from './runtime.ts';
import { play } from './story/play.ts';
import { progressPrinter, summaryText } from './story/print.ts';
import { readStory } from './story/story.ts';
import { summarise } from './story/summary.ts';
import { judge } from './story/verdict.ts';
import { synthesise } from './stack/synth.ts';

const exampleShop = 'examples/bookstore';
const defaultScale = 24_000;
const usage = `npm run demo -- [options]

Plays a month of a bookstore on this machine: real HTTP, real functions, emulated AWS, on free ports and a temporary folder.
Ends with 0 when the story came true, with 1 when it did not.

  --json              print the summary as JSON
  --time-scale <n>    seconds that pass in one real second, 1000 to 60000 (default ${defaultScale}: the month takes about two minutes)
  --keep              keep the data folder, and say where it is
  --verbose           show what the functions log
  --help              this text
`;

class UsageError extends Error {}

function optionsOf(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: { json: { type: 'boolean' }, 'time-scale': { type: 'string' }, keep: { type: 'boolean' }, verbose: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    const timeScale = Number(values['time-scale'] ?? defaultScale);
    if (!(timeScale >= 1000 && timeScale <= 60_000)) throw new UsageError(`--time-scale ${JSON.stringify(values['time-scale'])}: must be a number from 1000 to 60000`);
    return { ...values, timeScale };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function main({ json = false, keep = false, verbose = false, timeScale }: ReturnType<typeof optionsOf>): Promise<boolean> {
  const root = join(import.meta.dirname, '..');
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const dataDir = mkdtempSync(join(tmpdir(), 'segue-demo-'));
  const story = readStory();
  let runtime: Runtime | undefined;
  try {
    say('Synthesising the stack ...');
    const templateDir = join(dataDir, 'cdk.out');
    await synthesise(root, templateDir, exampleShop);
    runtime = await startRuntime({ port: 0, dataDir: join(dataDir, 'data'), timeScale, startAtMs: story.startMs, templateDir, verbose, config });
    say(`Segue runs at ${runtime.url}; a day takes ${(86_400 / timeScale).toFixed(1)} s`);
    const { events } = await play(story, runtime, progressPrinter(process.stderr));
    const people = await summarise(story, runtime);
    const failures = judge(story, people, runtime.mails());
    if (json) process.stdout.write(`${JSON.stringify({ cameTrue: failures.length === 0, failures, eventsSent: events, people }, null, 2)}\n`);
    else process.stdout.write(`\n${summaryText(people)}\n${failures.length === 0 ? 'The story came true.' : `The story did not come true:\n${failures.map((line) => `  ${line}`).join('\n')}`}\n`);
    return failures.length === 0;
  } finally {
    await runtime?.stop();
    if (keep) say(`Kept ${dataDir}`);
    else rmSync(dataDir, { recursive: true, force: true });
  }
}

try {
  const options = optionsOf(process.argv.slice(2));
  if (options.help) process.stdout.write(usage);
  else if (!(await main(options))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`segue demo: ${error instanceof Error ? error.message : String(error)}\n${error instanceof UsageError ? `\n${usage}` : ''}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
