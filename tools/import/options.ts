import { statSync } from 'node:fs';
import { fileFlags, fileHelp, parseFileOptions, type FileOptions } from '../event-files/options.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments, positiveInteger, targetFlags } from '../stream/arguments.ts';
import type { TargetFlags } from '../stream/target.ts';

export const help = `npm run import -- FILE [options]
npm run import -- --products FILE [options]     a product feed; see --products FILE --help

Streams a file of past events into Segue. They count as history, at the time that they speak of, and start no campaign.

${fileHelp}
  --local [DIR]    into the Segue that runs on this machine with this data folder (.segue)
  --stage NAME     into this deployment (dev), with the credentials and region of the environment
  --stream NAME    into this stream instead of the stage's
  --rate N         no more than N events a second
  --dry-run        only check the file
  --resume         go on where an earlier import of the file stopped
  --help           show this text

Beside the file, FILE.segue-import.json says how far the import is, and FILE.rejected.jsonl holds the lines that are no valid events.`;

const flags = {
  ...targetFlags,
  ...fileFlags,
  rate: { type: 'string' },
  'dry-run': { type: 'boolean' },
  resume: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export interface Options extends FileOptions {
  target: TargetFlags;
  eventsPerSecond: number | undefined;
  isDryRun: boolean;
  isResumed: boolean;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArguments(argv, flags);
  if (values.help) return 'help';
  const input = parseFileOptions(values, positionals);
  const { file } = input;
  if (file !== '-' && !statSync(file).isFile()) throw new UsageError(`${file}: must be a file of events, or - for standard input`);
  if (file === '-' && values.resume) throw new UsageError('--resume: standard input cannot be resumed; write it to a file first');
  if (values.resume && values['dry-run']) throw new UsageError('--resume and --dry-run exclude each other');
  const { local, stage, stream } = values;
  return {
    ...input,
    target: { ...(local !== undefined && { local }), ...(stage !== undefined && { stage }), ...(stream !== undefined && { stream }) },
    eventsPerSecond: values.rate === undefined ? undefined : positiveInteger('--rate', values.rate),
    isDryRun: values['dry-run'] ?? false,
    isResumed: values.resume ?? false,
  };
}
