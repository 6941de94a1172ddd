import type { CampaignState } from '../../lambdas/adapters/control-store.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const help = `npm run campaign -- <command> [campaign] [options]

  status [campaign]  show which campaigns run, and which are paused or stopped
  pause <campaign>   put its emails off; workflows go on waiting, and what becomes too late meanwhile is left out
  resume <campaign>  let it send again; emails that were put off come in the next two hours, each at a time of its own
  stop <campaign>    end its workflows, each at its next email; new ones end there, too, until it is resumed
  retire <campaign>  stop it and end its workflows at once, before it is taken out of segue.config.ts; of a campaign that is in there no
                     more, the name of its state machine

  --stage NAME   the deployment (default: dev), with AWS credentials and region from the environment
  --table NAME   its control table itself: the stack's output ControlTable
  --yes          retire without asking
  --local [DIR]  the Segue that runs on this machine with that data folder (default: .segue)
  --help         show this text

An email that is being sent at this moment still goes. To start no workflows at all, take the campaign out of segue.config.ts and deploy.`;

const flags = { stage: { type: 'string' }, table: { type: 'string' }, local: { type: 'string' }, yes: { type: 'boolean' }, help: { type: 'boolean' } } as const;
const states: Record<string, CampaignState | undefined> = { status: undefined, pause: 'paused', resume: 'running', stop: 'stopped' };

const commands = [...Object.keys(states), 'retire'];

export type Where = { stage: string } | { table: string } | { dataDir: string };

export interface Options {
  where: Where;
  /** Those to show, and to change if `state` is set. */
  campaigns: readonly string[];
  state?: CampaignState;
  retire?: { isAgreed: boolean };
}

/**
 * @param known the campaigns of the config
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[], known: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  const [command = '', campaign, extra] = positionals;
  if (!commands.includes(command)) throw new UsageError(`command ${JSON.stringify(command)}: must be ${commands.join(', ')}; see --help`);
  const isRetire = command === 'retire';
  const state = isRetire ? undefined : states[command];
  const isAll = command === 'status' && campaign === undefined;
  if (isRetire ? campaign === undefined : !isAll && !known.includes(campaign ?? '')) throw new UsageError(`campaign ${JSON.stringify(campaign ?? '')}: must be one of ${known.join(', ')}`);
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)}: ${command} takes one campaign; see --help`);
  if (values.yes && !isRetire) throw new UsageError(`--yes: ${command} asks nothing`);
  if (isRetire && values.table !== undefined) throw new UsageError('--table: retire finds the stage by --stage or --local');
  return { where: whereIn(values), campaigns: isAll ? known : [campaign as string], ...(state !== undefined && { state }), ...(isRetire && { retire: { isAgreed: values.yes ?? false } }) };
}

function whereIn({ stage, table, local }: { stage?: string; table?: string; local?: string }): Where {
  const given = Object.entries({ stage, table, local }).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`]));
  if (given.length > 1) throw new UsageError(`${given.join(' and ')} exclude each other`);
  if (local !== undefined) return { dataDir: local };
  return table !== undefined ? { table } : { stage: stage ?? 'dev' };
}
