import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { config } from './shop/own.ts';
import { bytesOf, readerFor } from './event-files/options.ts';
import { printingJournal } from './import/dry-run.ts';
import { openJournal, rejectedFileOf, stateFileOf, type Journal, type Position } from './import/journal.ts';
import { Meter } from './import/meter.ts';
import { help, parseOptions, type Options } from './import/options.ts';
import { createPace } from '../lambdas/adapters/pace.ts';
import { isProductImport, parseProductOptions, productHelp } from './import/product-options.ts';
import { importProducts } from './import/products.ts';
import { importEvents } from './import/run.ts';
import { UsageError } from './simulate/errors.ts';
import { Progress } from './simulate/progress.ts';
import { createPut, type Put } from './stream/put.ts';
import { findTarget } from './stream/target.ts';

try {
  const argv = process.argv.slice(2);
  process.exitCode = isProductImport(argv) ? await products(argv) : await events(argv);
} catch (error) {
  console.error(`import: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** @returns the exit code */
async function products(argv: readonly string[]): Promise<number> {
  const options = parseProductOptions(argv);
  if (options !== 'help') return importProducts(options, new Progress(process.stderr, Date.now));
  console.log(productHelp);
  return 0;
}

/** @returns the exit code */
async function events(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options !== 'help') return main(options);
  console.log(help);
  return 0;
}

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  const { file, eventsPerSecond, isDryRun } = options;
  const progress = new Progress(process.stderr, Date.now);
  const { put, journal, goal } = isDryRun ? dryRun() : realRun(options, progress);
  const meter = new Meter(Date.now);
  let share: number | undefined;
  try {
    const result = await importEvents({
      fileName: basename(file),
      bytes: bytesOf(options, (read) => void (share = read)),
      reader: readerFor(options),
      config,
      put,
      journal,
      now: Date.now,
      ...(eventsPerSecond !== undefined && { pace: createPace(eventsPerSecond, Date.now), batchSize: eventsPerSecond }),
      onSaved: ({ accepted }) => {
        progress.show('import', share, meter.detail(accepted - journal.start.accepted, share));
      },
    });
    progress.done();
    console.log(summary(result, journal.start, goal));
    if (result.rejected > 0 && !isDryRun) console.log(`${result.rejected} lines were rejected: see ${rejectedFileOf(file)}`);
    const isUseless = result.rejected > journal.start.rejected && result.accepted === journal.start.accepted;
    if (isUseless) console.error('import: no line held an event');
    return isUseless ? 1 : 0;
  } catch (error) {
    progress.done();
    if (isDryRun || file === '-' || !(error instanceof Error) || !existsSync(stateFileOf(file))) throw error;
    throw new Error(`${error.message}; how far it came is in ${stateFileOf(file)}, go on with --resume`, { cause: error });
  }
}

interface Run {
  put: Put;
  journal: Journal;
  goal: string;
}

function dryRun(): Run {
  return { put: async () => {}, journal: printingJournal(console.log), goal: 'would go into the stream' };
}

function realRun({ file, target, isResumed }: Options, progress: Progress): Run {
  const { kinesis, streamName } = findTarget(target);
  const journal = openJournal(file, streamName, isResumed);
  const put = createPut(kinesis, streamName, (count, reason) =>
    progress.show('slowed', undefined, `${count} records are refused: ${reason}`),
  );
  return { put, journal, goal: `are in the stream ${streamName}` };
}

function summary({ accepted, lines }: Position, start: Position, goal: string): string {
  const before = start.lines > 0 ? `, ${start.accepted} of them from before` : '';
  return `${accepted} events of ${lines} lines ${goal}${before}`;
}
