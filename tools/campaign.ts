import { createControlStore } from '../lambdas/adapters/control-store.ts';
import { askYes } from './ask.ts';
import { help, parseOptions, type Options } from './campaign/options.ts';
import { retire } from './campaign/retire.ts';
import { findControlTable } from './campaign/target.ts';
import { config } from './shop/own.ts';
import { UsageError } from './simulate/errors.ts';
import { Progress } from './simulate/progress.ts';
import { localMachines, machinesOfStage } from './workflows/machines.ts';

try {
  const options = parseOptions(process.argv.slice(2), Object.keys(config.campaigns));
  if (options === 'help') console.log(help);
  else await main(options);
} catch (error) {
  console.error(`campaign: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main({ where, campaigns, state, retire: retirement }: Options): Promise<void> {
  if (retirement && !retirement.isAgreed && !process.stdin.isTTY) throw new UsageError('there is no terminal to ask on: retire needs --yes');
  const { documents, table, nowMs, close } = await findControlTable(where);
  try {
    const control = createControlStore(documents, table);
    if (retirement) return await retireOne(campaigns[0]!, { where, control, nowMs, isAgreed: retirement.isAgreed });
    const width = Math.max(...campaigns.map(({ length }) => length));
    for (const name of campaigns) {
      if (state !== undefined) await control.setCampaignState(name, state, nowMs);
      console.log(`${name.padEnd(width)}  ${await control.campaignState(name)}`);
    }
  } finally {
    close();
  }
}

async function retireOne(name: string, { where, control, nowMs, isAgreed }: { where: Options['where']; control: ReturnType<typeof createControlStore>; nowMs: number; isAgreed: boolean }): Promise<void> {
  const machines = 'dataDir' in where ? localMachines(where.dataDir) : machinesOfStage('stage' in where ? where.stage : 'dev');
  const progress = new Progress(process.stderr, Date.now);
  try {
    await retire(name, config.campaigns, {
      control,
      machines,
      nowMs,
      ...(!isAgreed && { ask: askYes }),
      print: (line) => {
        progress.done();
        console.log(line);
      },
      progress: (ended, running) => progress.show('retire', ended / Math.max(ended, running), `${ended} of ${Math.max(ended, running)} workflows ended`),
    });
  } finally {
    machines.close();
  }
}
