import { existsSync, statSync } from 'node:fs';
import { parseColumnMap } from '../simulate/csv.ts';
import { UsageError } from '../simulate/errors.ts';
import { parseArguments, positiveInteger, targetFlags } from '../stream/arguments.ts';
import type { TargetFlags } from '../stream/target.ts';

export const help = `npm run import -- FILE [options]

Streams a file of past events into Segue. They count as history, at the time that they speak of, and start no campaign.

  FILE             Segment calls, one JSON object a line; or CSV; - reads standard input
  --csv            the file is CSV with a header; the ending .csv says so too
  --columns MAP    what the columns are: user=customer_id,event=action,time=date,anonymous=visitor,message=id,total=amount
                   columns that are not named are properties under their own names
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
  csv: { type: 'boolean' },
  columns: { type: 'string' },
  rate: { type: 'string' },
  'dry-run': { type: 'boolean' },
  resume: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export interface Options {
  /** `-` is standard input. */
  file: string;
  isCsv: boolean;
  columns: ReadonlyMap<string, string>;
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
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError('a file of events is missing; see --help');
  if (more.length > 0) throw new UsageError(`one file only: ${more.map((one) => JSON.stringify(one)).join(', ')} is too much`);
  if (file !== '-' && !existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  if (file !== '-' && !statSync(file).isFile()) throw new UsageError(`${file}: must be a file of events, or - for standard input`);
  if (file === '-' && values.resume) throw new UsageError('--resume: standard input cannot be resumed; write it to a file first');
  if (values.resume && values['dry-run']) throw new UsageError('--resume and --dry-run exclude each other');
  const isCsv = values.csv ?? file.endsWith('.csv');
  if (values.columns !== undefined && !isCsv) throw new UsageError('--columns is for CSV only; add --csv');
  const { local, stage, stream } = values;
  return {
    file,
    isCsv,
    columns: values.columns === undefined ? new Map() : parseColumnMap(values.columns),
    target: { ...(local !== undefined && { local }), ...(stage !== undefined && { stage }), ...(stream !== undefined && { stream }) },
    eventsPerSecond: values.rate === undefined ? undefined : positiveInteger('--rate', values.rate),
    isDryRun: values['dry-run'] ?? false,
    isResumed: values.resume ?? false,
  };
}
