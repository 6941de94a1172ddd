import { createInterface } from 'node:readline/promises';
import { createControlStore } from '../lambdas/adapters/control-store.ts';
import { createProfileStore } from '../lambdas/adapters/profiles/store.ts';
import { createThresholdSource } from '../lambdas/adapters/threshold-source.ts';
import { compilePlan } from '../lambdas/domain/plan/plan.ts';
import { config } from './shop/own.ts';
import { createArchiveFiles } from './replay/archive-files.ts';
import { help, parseOptions, type Options } from './replay/options.ts';
import { replay } from './replay/run.ts';
import { createTail } from './replay/stream-tail.ts';
import { printSummary } from './replay/summary.ts';
import { localTarget, stageTarget } from './replay/target.ts';
import { UsageError } from './simulate/errors.ts';
import { Progress } from './simulate/progress.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else await main(options);
} catch (error) {
  const isAborted = error instanceof Error && error.name === 'AbortError';
  console.error(
    `replay: ${isAborted ? 'stopped; what was rebuilt is rebuilt, and another run does the rest' : error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = error instanceof UsageError ? 2 : isAborted ? 130 : 1;
}

async function main({ stage, dataDir, isDryRun, isSure, tableWasLost }: Options): Promise<void> {
  const target = dataDir === undefined ? await stageTarget(stage) : await localTarget(dataDir);
  const { documents, kinesis, s3, streamName, profilesTable, controlTable, archiveBucket, nowMs } = target;
  const plan = compilePlan(config);
  console.error(`archive ${archiveBucket}, stream ${streamName} -> profiles ${profilesTable}, rules ${plan.rulesVersion}`);
  if (!isDryRun && !isSure) await confirm();

  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  const progress = new Progress(process.stderr, Date.now);
  const thresholds = await createThresholdSource(createControlStore(documents, controlTable), config, () => nowMs).current();
  try {
    const summary = await replay({
      plan,
      archive: createArchiveFiles(s3, archiveBucket),
      tail: createTail(kinesis, streamName),
      store: createProfileStore(documents, profilesTable),
      moment: { nowMs, ...thresholds },
      isDryRun,
      tableWasLost,
      onProgress: (step, share) => progress.show(step, share),
      signal: stopping.signal,
    });
    progress.done();
    console.log(printSummary(summary, isDryRun));
    if (summary.busy > 0) process.exitCode = 1;
  } finally {
    progress.done();
    for (const client of [documents, kinesis, s3]) client.destroy();
  }
}

/** @throws UsageError unless the user says yes */
async function confirm(): Promise<void> {
  if (!process.stdin.isTTY) throw new UsageError('this writes over profiles: add --yes, or --dry-run to see what would change');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Rebuild all profiles of this table? (yes/no) ');
  terminal.close();
  if (answer.trim().toLowerCase() !== 'yes') throw new UsageError('nothing was done');
}
