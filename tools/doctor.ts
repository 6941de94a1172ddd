import stages from '../stages.ts';
import { firstChecks, otherChecks } from './doctor/checks.ts';
import { closeClients } from './doctor/clients.ts';
import { help, parseOptions, type Options } from './doctor/options.ts';
import { countsOf, exitCodeOf, linesOf } from './doctor/print.ts';
import { examine } from './doctor/run.ts';
import { findContext } from './doctor/target.ts';
import { endWithProblems } from './shop/errors.ts';
import { UsageError } from './simulate/errors.ts';

try {
  const options = parseOptions(process.argv.slice(2), stages);
  if (options === 'help') console.log(help);
  else process.exitCode = await main(options);
} catch (error) {
  console.error(`doctor: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** @returns the exit code */
async function main({ where, isJson }: Options): Promise<number> {
  if (process.stderr.isTTY) process.stderr.write('working out what this folder would deploy ...\n');
  const context = await findContext(where, stages).catch(endWithProblems);
  try {
    const results = await examine(firstChecks, otherChecks, context);
    if (isJson) console.log(JSON.stringify({ stage: context.stageName, isLocal: context.isLocal, counts: countsOf(results), findings: results }, null, 2));
    else for (const line of linesOf(results)) console.log(line);
    return exitCodeOf(results);
  } finally {
    closeClients(context.clients);
  }
}
