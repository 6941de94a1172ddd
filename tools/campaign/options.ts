import { campaignStates, type CampaignState } from '../../lambdas/adapters/control-store.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const help = `npm run campaign -- <command> [campaign] [options]

  status             show which campaigns run, and which are paused or stopped
  pause <campaign>   put its emails off; workflows go on waiting, and what becomes too late meanwhile is left out
  resume <campaign>  let it send again; emails that were put off come in the next two hours, each at a time of its own
  stop <campaign>    end its workflows, each at its next email; new ones end there, too, until it is resumed

  --stage NAME   the deployment (default: dev), with AWS credentials and region from the environment
  --local [DIR]  the Segue that runs on this machine with that data folder (default: .segue)
  --help         show this text

An email that is being sent at this moment still goes. To start no workflows at all, take the campaign out of segue.config.ts and deploy.`;

const flags = { stage: { type: 'string' }, local: { type: 'string' }, help: { type: 'boolean' } } as const;
const commands: Record<string, CampaignState> = { pause: 'paused', resume: 'running', stop: 'stopped' };

export interface Options {
  stage: string;
  /** Data folder; instead of a stage. */
  dataDir?: string;
  /** Left out to show all. */
  change?: { campaign: string; state: CampaignState };
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[], campaigns: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  const [command = '', campaign, extra] = positionals;
  if (values.local !== undefined && values.stage !== undefined) throw new UsageError('--local and --stage exclude each other');
  const target = { stage: values.stage ?? 'dev', ...(values.local !== undefined && { dataDir: values.local }) };
  if (command === 'status' && campaign === undefined) return target;
  const state = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (state === undefined || !campaignStates.includes(state))
    throw new UsageError(`command ${JSON.stringify(command)}: must be status, ${Object.keys(commands).join(', ')}; see --help`);
  if (campaign === undefined || !campaigns.includes(campaign))
    throw new UsageError(`campaign ${JSON.stringify(campaign ?? '')}: must be one of ${campaigns.join(', ')}`);
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)}: ${command} takes one campaign; see --help`);
  return { ...target, change: { campaign, state } };
}
