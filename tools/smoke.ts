import { randomBytes } from 'node:crypto';
import stages from '../stages.ts';
import { config } from './shop/own.ts';
import { UsageError } from './simulate/errors.ts';
import { help, parseOptions, type Options } from './smoke/options.ts';
import { smoke, type StepResult } from './smoke/run.ts';
import { findWorld } from './smoke/world.ts';

try {
  const options = parseOptions(process.argv.slice(2), stages);
  if (options === 'help') console.log(help);
  else process.exitCode = await main(options);
} catch (error) {
  console.error(`smoke: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** @returns the exit code */
async function main({ where, isJson, ...wishes }: Options): Promise<number> {
  const run = randomBytes(4).toString('hex');
  const world = await findWorld(where, 'stageName' in where ? stages[where.stageName]!.region : undefined, config, run);
  const stopping = new AbortController();
  process.once('SIGINT', () => {
    process.stderr.write('\nstops after this step, and cleans up ...\n');
    stopping.abort();
  });
  if (!isJson) console.log(`smoke test ${run} of ${world.endpoint}`);
  try {
    const results = await smoke(world, wishes, stopping.signal, (result) => {
      if (!isJson) console.log(lineOf(result));
    });
    const failed = results.filter(({ status }) => status !== 'ok');
    if (isJson) console.log(JSON.stringify({ run, endpoint: world.endpoint, steps: results }, null, 2));
    else console.log(failed.length === 0 ? '\nall went well' : `\n${failed.map(({ step }) => step).join(', ')}: not well`);
    return failed.length === 0 ? 0 : 1;
  } finally {
    world.close();
  }
}

function lineOf({ step, status, seconds, says }: StepResult): string {
  return `${status.padEnd(8)} ${`${seconds.toFixed(1)} s`.padStart(8)}  ${step.padEnd(14)} ${says}`;
}
