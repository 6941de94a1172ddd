import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

export const help = `npm run person -- <command> <ID|EMAIL> [options]

  export    write all that is known of a person as JSON: profile, traits, segment changes, conversions, answers, emails, coupons,
            archived events and dead letters
  erase     stop the person's workflows and remove all of it, archive and dead letters included; go on with it after a kill by
            running it again

  ID            the userId or anonymousId that the shop sends; EMAIL finds everybody with that address
  --out FILE    write the export there instead of to standard output; after a kill, running it again goes on where it stopped
  --dry-run     of erase: only count what would go
  --stage NAME  the deployment (default: dev), with AWS credentials and region from the environment
  --local [DIR] the Segue that runs on this machine with that data folder (default: .segue)
  --help        show this text

An erased person is not known again until the shop's server sends an identify call with a new consent. Where an address was suppressed, its
hash stays, so that it is never mailed. docs/person.md says what takes longer: the stream keeps records for a day or more.`;

const flags = {
  out: { type: 'string' },
  'dry-run': { type: 'boolean' },
  stage: { type: 'string' },
  local: { type: 'string' },
  help: { type: 'boolean' },
} as const;

export interface Options {
  command: 'export' | 'erase';
  /** An id or an address, as it was typed. */
  subject: string;
  out?: string;
  isDryRun: boolean;
  where: { stage: string } | { dataDir: string };
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  const [command = '', subject = '', extra] = positionals;
  if (command !== 'export' && command !== 'erase') throw new UsageError(`command ${JSON.stringify(command)}: must be export or erase; see --help`);
  if (subject.trim() === '') throw new UsageError(`${command} needs the id or the address of a person; see --help`);
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)}: ${command} takes one id or address; see --help`);
  if (values.local !== undefined && values.stage !== undefined) throw new UsageError('--local and --stage exclude each other');
  if (values.out !== undefined && command !== 'export') throw new UsageError('--out is for export only');
  if (values['dry-run'] && command !== 'erase') throw new UsageError('--dry-run is for erase only');
  return {
    command,
    subject: subject.trim(),
    isDryRun: values['dry-run'] ?? false,
    ...(values.out !== undefined && { out: values.out }),
    where: values.local !== undefined ? { dataDir: values.local } : { stage: values.stage ?? 'dev' },
  };
}
