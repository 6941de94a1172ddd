import { createDeadLetters } from '../lambdas/adapters/dead-letters.ts';
import { config } from './shop/own.ts';
import { openDeadLetters } from './redrive/dead-letter-store.ts';
import { help, parseOptions, type Options } from './redrive/options.ts';
import { report } from './redrive/report.ts';
import { redrive } from './redrive/run.ts';
import { UsageError } from './simulate/errors.ts';
import { Progress } from './simulate/progress.ts';
import { createPut } from './stream/put.ts';
import { findTarget } from './stream/target.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else await main(options);
} catch (error) {
  console.error(`redrive: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main({ target, ...options }: Options): Promise<void> {
  const { kinesis, s3, streamName, deadLetterBucket } = findTarget(target);
  const bucket = await deadLetterBucket();
  const progress = new Progress(process.stderr, Date.now);
  try {
    const outcome = await redrive({
      ...options,
      config,
      objects: openDeadLetters(s3, bucket),
      deadLetters: createDeadLetters(s3, bucket),
      put: createPut(kinesis, streamName, (count, reason) => progress.show('slowed', undefined, `${count} records are refused: ${reason}`)),
      onProgress: ({ letters }) => progress.show('redrive', undefined, `${letters} letters`),
    });
    progress.done();
    console.log(report(outcome, streamName, options.isDryRun));
  } finally {
    progress.done();
  }
}
