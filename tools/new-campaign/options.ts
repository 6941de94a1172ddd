import type { ConfigInput } from '../../lambdas/schemas/config.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments } from '../stream/arguments.ts';

type Entry = ConfigInput['campaigns'][string]['entry'];

export const help = `npm run new:campaign -- <name> [options]

Makes the files of a campaign: statemachines/<name>.asl.json and one folder below emails/ for each step. Then it prints what to
put into segue.config.ts. It changes no file that is there.

  --event NAME      starts at this event (default: signed_up)
  --enters SEGMENT  starts when somebody comes into this segment
  --leaves SEGMENT  starts when somebody leaves this segment
  --steps A,B       names of the emails, in their order (default: first)
  --topic NAME      what a person can unsubscribe from (default: the first topic of the config)
  --help            show this text

docs/campaigns.md says what else a campaign can do.`;

const flags = {
  event: { type: 'string' },
  enters: { type: 'string' },
  leaves: { type: 'string' },
  steps: { type: 'string' },
  topic: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Of folders and names in the config. */
const longestSlug = 40;

export interface Options {
  /** As files have it: lower-case words with hyphens. */
  name: string;
  entry: Entry;
  steps: string[];
  topic: string;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError naming what is wrong and what is allowed
 */
export function parseOptions(argv: readonly string[], segments: readonly string[], topics: readonly string[] = []): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  const [name = '', extra] = positionals;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > longestSlug)
    throw new UsageError(`name ${JSON.stringify(name)}: must be lower-case words with hyphens between them, such as price-drop, at most ${longestSlug} characters`);
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)}: one campaign at a time; see --help`);
  const steps = (values.steps ?? 'first').split(',');
  for (const step of steps)
    if (!/^[a-z][a-z0-9]{0,19}$/.test(step)) throw new UsageError(`--steps ${JSON.stringify(step)}: must be lower-case letters and digits, at most 20, with commas between the steps`);
  // The email's folder is named by both.
  const longest = Math.max(...steps.map(({ length }) => length));
  if (name.length + 1 + longest > longestSlug)
    throw new UsageError(`name ${JSON.stringify(name)}: must be at most ${longestSlug - 1 - longest} characters with ${longest} for the longest step`);
  if (new Set(steps).size < steps.length) throw new UsageError(`--steps ${JSON.stringify(values.steps)}: names a step twice`);
  const topic = values.topic ?? topics[0] ?? 'offers';
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(topic)) throw new UsageError(`--topic ${JSON.stringify(topic)}: must be lower-case letters, digits, - and _, at most ${longestSlug}, starting with a letter`);
  return { name, entry: entryIn(values, segments), steps, topic };
}

function entryIn({ event, enters, leaves }: { event?: string | undefined; enters?: string | undefined; leaves?: string | undefined }, segments: readonly string[]): Entry {
  const given = Object.entries({ event, enters, leaves }).filter(([, value]) => value !== undefined);
  if (given.length > 1) throw new UsageError(`${given.map(([flag]) => `--${flag}`).join(' and ')} exclude each other`);
  for (const [flag, segment] of Object.entries({ enters, leaves }))
    if (segment !== undefined && !segments.includes(segment)) throw new UsageError(`--${flag} ${JSON.stringify(segment)}: must be one of ${segments.join(', ')}`);
  if (enters !== undefined) return { entersSegment: enters };
  if (leaves !== undefined) return { leavesSegment: leaves };
  return { event: event ?? 'signed_up' };
}
