import { config } from './shop/own.ts';
import { help, parseOptions, type Options } from './recalibrate/options.ts';
import { recalibrate } from './recalibrate/run.ts';
import { localTarget, stageTarget } from './replay/target.ts';
import { UsageError } from './simulate/errors.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else await main(options);
} catch (error) {
  console.error(`recalibrate: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main({ stage, dataDir, action }: Options): Promise<void> {
  const target = dataDir === undefined ? await stageTarget(stage) : await localTarget(dataDir);
  try {
    console.log(await recalibrate(action, config, target));
  } finally {
    for (const client of [target.documents, target.kinesis, target.s3]) client.destroy();
  }
}
