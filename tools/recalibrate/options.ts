import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const help = `npm run recalibrate -- [options]

Calibrates the thresholds of segue.config.ts for this month, as the schedule does on the first of each month. A month is calibrated once.

  --dry-run        read everybody, show what would change and whom it would move, and write nothing
  --approve        put the proposed version in force (calibration.mode 'approve')
  --reject         drop the proposed version
  --roll-back N    make a new version with the values of version N; 0 stands for those of the config
  --list           show all versions, the newest first, and what waits for approval

  --stage NAME     the deployment (default: dev), with AWS credentials and region from the environment
  --local [DIR]    the Segue that runs on this machine with that data folder (default: .segue)
  --help           show this text

Functions see a new version within a minute. Workflows that run keep the version that they started with.`;

const flags = {
  'dry-run': { type: 'boolean' },
  approve: { type: 'boolean' },
  reject: { type: 'boolean' },
  'roll-back': { type: 'string' },
  list: { type: 'boolean' },
  stage: { type: 'string' },
  local: { type: 'string' },
  help: { type: 'boolean' },
} as const;

export type Action = { do: 'run' | 'dry-run' | 'approve' | 'reject' | 'list' } | { do: 'roll-back'; version: number };

export interface Options {
  stage: string;
  /** Data folder; instead of a stage. */
  dataDir?: string;
  action: Action;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  if (positionals.length > 0) throw new UsageError(`${JSON.stringify(positionals[0])}: recalibrate takes only options; see --help`);
  if (values.local !== undefined && values.stage !== undefined) throw new UsageError('--local and --stage exclude each other');
  const asked = (['dry-run', 'approve', 'reject', 'roll-back', 'list'] as const).filter((name) => values[name] !== undefined);
  if (asked.length > 1) throw new UsageError(`${asked.map((name) => `--${name}`).join(' and ')} exclude each other`);
  const [name = 'run'] = asked;
  const action: Action = name === 'roll-back' ? { do: name, version: versionIn(values['roll-back'] ?? '') } : { do: name };
  return { stage: values.stage ?? 'dev', ...(values.local !== undefined && { dataDir: values.local }), action };
}

function versionIn(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new UsageError(`--roll-back ${JSON.stringify(text)}: must be the number of a version, or 0 for the config; --list shows them`);
  return Number(text);
}
