import type { Stages } from '../../lambdas/schemas/stages.ts';
import { stageNameIn } from '../deploy/stage-name.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const help = `npm run doctor -- --stage NAME [options]

Looks at a deployed stage, and says in one line for each check whether it is as this folder and stages.ts have it: ok, warning or wrong, and what to do.
It changes nothing.

  --stage NAME   the stage, such as prod
  --local [DIR]  the Segue that runs on this machine with that data folder (default: .segue)
  --json         print the findings as JSON
  --help         show this text

Exit code: 0 when nothing is wrong, 1 when something is, 2 for a wrong command line. AWS credentials come from the environment, the region from the
stage or else from the environment. docs/doctor.md has each check and the permissions that it needs.`;

const flags = { stage: { type: 'string' }, local: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;

export type Where = { stageName: string } | { dataDir: string };

export interface Options {
  where: Where;
  isJson: boolean;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[], stages: Stages): Options | 'help' {
  const given = parseArguments(argv, flags);
  if (given.values.help) return 'help';
  return { where: whereIn(given, stages), isJson: given.values.json ?? false };
}

/** @throws UsageError unless exactly one of `--stage` and `--local` is given */
export function whereIn(given: { values: { stage?: string; local?: string }; positionals: readonly string[] }, stages: Stages): Where {
  const { stage, local } = given.values;
  if (stage !== undefined && local !== undefined) throw new UsageError('--local and --stage exclude each other');
  if (local === undefined) return { stageName: stageNameIn(given, stages) };
  if (given.positionals.length > 0) throw new UsageError(`${JSON.stringify(given.positionals[0])}: is no option; see --help`);
  return { dataDir: local };
}
