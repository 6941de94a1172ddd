import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const help = `npm run replay -- [options]

Rebuilds all profiles from the archive of events under the rules of segue.config.ts, in place, while the pipeline runs.
No email is sent and no workflow starts or stops. Deploy the rules first: npm run deploy.

  --stage NAME     the deployment (default: dev), with AWS credentials and region from the environment
  --local [DIR]    the Segue that runs on this machine with that data folder (default: .segue)
  --dry-run        count and show what would change, and write nothing
  --yes            do not ask
  --lost-table     the table of profiles was lost: count also what the pipeline has not applied, see docs/replay.md
  --help           show this text`;

const flags = {
  stage: { type: 'string' },
  local: { type: 'string' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean' },
  'lost-table': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export interface Options {
  stage: string;
  /** Data folder; instead of a stage. */
  dataDir?: string;
  isDryRun: boolean;
  isSure: boolean;
  tableWasLost: boolean;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  if (positionals.length > 0) throw new UsageError(`${JSON.stringify(positionals[0])}: a replay takes only options; see --help`);
  if (values.local !== undefined && values.stage !== undefined) throw new UsageError('--local and --stage exclude each other');
  return {
    stage: values.stage ?? 'dev',
    ...(values.local !== undefined && { dataDir: values.local }),
    isDryRun: values['dry-run'] ?? false,
    isSure: values.yes ?? false,
    tableWasLost: values['lost-table'] ?? false,
  };
}
