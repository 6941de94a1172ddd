import { createControlStore } from '../lambdas/adapters/control-store.ts';
import config from '../segue.config.ts';
import { help, parseOptions, type Options } from './campaign/options.ts';
import { localTarget, stageTarget } from './replay/target.ts';
import { UsageError } from './simulate/errors.ts';

try {
  const options = parseOptions(process.argv.slice(2), Object.keys(config.campaigns));
  if (options === 'help') console.log(help);
  else await main(options);
} catch (error) {
  console.error(`campaign: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main({ stage, dataDir, change }: Options): Promise<void> {
  const { documents, kinesis, s3, controlTable, nowMs } = dataDir === undefined ? await stageTarget(stage) : await localTarget(dataDir);
  try {
    const control = createControlStore(documents, controlTable);
    if (change) await control.setCampaignState(change.campaign, change.state, nowMs);
    const names = change ? [change.campaign] : Object.keys(config.campaigns);
    for (const name of names) console.log(`${name.padEnd(Math.max(...names.map(({ length }) => length)))}  ${await control.campaignState(name)}`);
  } finally {
    for (const client of [documents, kinesis, s3]) client.destroy();
  }
}
