import { parseArgs } from 'node:util';
import { partNames, parts, type PartName } from './parts.ts';

const usage = `npm run bench -- [--quick] [--json] [--only ${partNames.join('|')}] [--help]

Measures Segue on this machine. Other programs only make the figures worse, so close them first. cost is counted, not measured:
what a million events and a million emails ask of AWS, and its price.

  --quick      every benchmark on small input, to see that it runs; the figures say little
  --only NAME  one benchmark alone
  --json       print one JSON object instead of tables
  --help       show this text
`;

class UsageError extends Error {}

interface Options {
  json: boolean;
  help: boolean;
  quick: boolean;
  wanted: readonly PartName[];
}

function optionsOf(args: string[]): Options {
  const flag = { type: 'boolean', default: false } as const;
  let values;
  try {
    ({ values } = parseArgs({ args, options: { json: flag, help: flag, quick: flag, only: { type: 'string' } } }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { only, ...options } = values;
  const wanted = partNames.filter((name) => only === undefined || name === only);
  if (wanted.length === 0) throw new UsageError(`--only ${JSON.stringify(only)}: must be one of ${partNames.join(', ')}`);
  return { ...options, wanted };
}

/** Runs one part after the other, so that they do not disturb each other. */
async function main({ json, help, quick, wanted }: Options): Promise<void> {
  if (help) return void process.stdout.write(usage);
  const results: Partial<Record<PartName, unknown>> = {};
  for (const name of wanted) {
    process.stderr.write(`measuring ${name} ...\n`);
    results[name] = await parts[name][quick ? 'quick' : 'full']();
  }
  if (json) return void process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  for (const { title, rows } of wanted.flatMap((name) => parts[name].tables(results[name]))) {
    console.log(`\n${title}`);
    console.table(rows);
  }
}

try {
  await main(optionsOf(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`segue bench: ${error instanceof Error ? error.message : String(error)}\n${error instanceof UsageError ? `\n${usage}` : ''}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
