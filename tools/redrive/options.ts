import { UsageError } from '../simulate/errors.ts';
import { parseArguments, positiveInteger, targetFlags } from '../stream/arguments.ts';
import type { TargetFlags } from '../stream/target.ts';
import { deadLetterPrefixes } from './dead-letter.ts';

export const help = `npm run redrive -- [options]

Puts dead letters back into the stream, and moves them to redriven/ in their bucket. What would fail again stays where it is.

  --local [DIR]    of the Segue that runs on this machine with this data folder (.segue)
  --stage NAME     of this deployment (dev), with the credentials and region of the environment
  --stream NAME    into this stream instead of the stage's
  --bucket NAME    from this bucket instead of the stage's: the stack's output DeadLetterBucket
  --prefix KEY     only letters whose key begins so, such as poison/2026-11
  --limit N        no more than N letters
  --dry-run        only show what there is
  --force          put back what would fail again, too
  --help           show this text`;

const flags = {
  ...targetFlags,
  bucket: { type: 'string' },
  prefix: { type: 'string' },
  limit: { type: 'string' },
  'dry-run': { type: 'boolean' },
  force: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export interface Options {
  target: TargetFlags;
  prefixes: readonly string[];
  /** Infinity when there is none. */
  limit: number;
  isDryRun: boolean;
  isForced: boolean;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  const { local, stage, stream, bucket, prefix, limit } = values;
  if (positionals.length > 0) throw new UsageError(`${JSON.stringify(positionals[0])}: takes no such argument; see --help`);
  if (prefix !== undefined && !deadLetterPrefixes.some((start) => prefix.startsWith(start)))
    throw new UsageError(`--prefix: ${JSON.stringify(prefix)}: must begin with ${deadLetterPrefixes.join(' or ')}`);
  return {
    target: {
      ...(local !== undefined && { local }),
      ...(stage !== undefined && { stage }),
      ...(stream !== undefined && { stream }),
      ...(bucket !== undefined && { bucket }),
    },
    prefixes: prefix === undefined ? deadLetterPrefixes : [prefix],
    limit: limit === undefined ? Infinity : positiveInteger('--limit', limit),
    isDryRun: values['dry-run'] ?? false,
    isForced: values.force ?? false,
  };
}
