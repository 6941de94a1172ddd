import { createControlStore } from '../lambdas/adapters/control-store.ts';
import { config } from './shop/own.ts';
import { help, parseOptions, type Options } from './campaign/options.ts';
import { findControlTable } from './campaign/target.ts';
import { UsageError } from './simulate/errors.ts';

try {
  const options = parseOptions(process.argv.slice(2), Object.keys(config.campaigns));
  if (options === 'help') console.log(help);
  else await main(options);
} catch (error) {
  console.error(`campaign: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main({ where, campaigns, state }: Options): Promise<void> {
  const { documents, table, nowMs, close } = await findControlTable(where);
  try {
    const control = createControlStore(documents, table);
    const width = Math.max(...campaigns.map(({ length }) => length));
    for (const name of campaigns) {
      if (state !== undefined) await control.setCampaignState(name, state, nowMs);
      console.log(`${name.padEnd(width)}  ${await control.campaignState(name)}`);
    }
  } finally {
    close();
  }
}
