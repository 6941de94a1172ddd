import { monthOf, periodOf } from '../../lambdas/domain/period.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const help = `npm run report -- [options]

Writes the report of a month as a page and as JSON. It reads the tables once through, changes nothing and mails nobody.

  --month YYYY-MM  the month, in UTC (default: the present one, as far as it has come)
  --out DIR        where the files go, as report-YYYY-MM.html and .json (default: the present folder)
  --stage NAME     the deployment (default: dev), with AWS credentials and region from the environment
  --local [DIR]    the Segue that runs on this machine with that data folder (default: .segue)
  --help           show this text`;

const flags = { month: { type: 'string' }, out: { type: 'string' }, stage: { type: 'string' }, local: { type: 'string' }, help: { type: 'boolean' } } as const;

export interface Options {
  stage: string;
  /** Data folder; instead of a stage. */
  dataDir?: string;
  /** The present one of the Segue that is reported on, unless given. */
  month?: string;
  outDir: string;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  if (positionals.length > 0) throw new UsageError(`${JSON.stringify(positionals[0])}: a report takes only options; see --help`);
  if (values.local !== undefined && values.stage !== undefined) throw new UsageError('--local and --stage exclude each other');
  return {
    stage: values.stage ?? 'dev',
    outDir: values.out ?? '.',
    ...(values.local !== undefined && { dataDir: values.local }),
    ...(values.month !== undefined && { month: checkedMonth(values.month) }),
  };
}

function checkedMonth(text: string): string {
  try {
    return monthOf(periodOf(text).fromMs);
  } catch (error) {
    throw new UsageError(`--month: ${error instanceof Error ? error.message : String(error)}`);
  }
}
