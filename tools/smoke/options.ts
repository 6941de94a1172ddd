import type { Stages } from '../../lambdas/schemas/stages.ts';
import { whereIn, type Where } from '../doctor/options.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const help = `npm run smoke -- --stage NAME [options]

Proves a deployed stage by using it: sends events by every route, sees them in profiles and archive, runs a campaign with waits of seconds to SES's mailbox
simulator, sees delivery, bounce and complaint come back, unsubscribes, raises an alarm, and removes what it has made. Says how long each step took.

  --stage NAME   the stage, such as prod
  --local [DIR]  the Segue that runs on this machine with that data folder (default: .segue)
  --to ADDRESS   send the email there as well, to look at it; in the sandbox of SES it must be a verified address
  --quick        leave out the archive, which is written every five minutes
  --json         print the steps as JSON
  --help         show this text

Three emails go to the simulator, and count for the day's quota and nothing else. The campaign is not one of the shop's, and is in no report.
Exit code: 0 when every step went well, 1 when one did not, 2 for a wrong command line. docs/doctor.md has each step and the permissions that it needs.`;

const flags = { stage: { type: 'string' }, local: { type: 'string' }, to: { type: 'string' }, quick: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;

export interface Options {
  where: Where;
  to?: string;
  isQuick: boolean;
  isJson: boolean;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[], stages: Stages): Options | 'help' {
  const given = parseArguments(argv, flags);
  const { help: isHelp, to, quick = false, json = false } = given.values;
  if (isHelp) return 'help';
  if (to !== undefined && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(to)) throw new UsageError(`--to ${JSON.stringify(to)}: must be an email address`);
  return { where: whereIn(given, stages), ...(to !== undefined && { to }), isQuick: quick, isJson: json };
}
