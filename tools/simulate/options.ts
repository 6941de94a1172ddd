import { existsSync, statSync } from 'node:fs';
import { parseColumnMap } from './csv.ts';
import { parseArguments } from '../stream/arguments.ts';
import { UsageError } from './errors.ts';
import { parseTimeMs, timeForms } from './times.ts';

export const help = `npm run simulate -- FILE [options]

Replays a file of events in virtual time under the rules of the config, without AWS, and shows who would have been
in which segment, which workflows would have started and which emails would have gone.

  FILE             Segment calls, one JSON object a line; or CSV; - reads standard input
  --config FILE    the configuration (default segue.config.ts): a module or JSON
  --at TIME        where the simulation ends (default: the last event)
  --csv            the file is CSV with a header; the ending .csv says so too
  --columns MAP    what the columns are: user=customer_id,event=action,time=date,anonymous=visitor,message=id,total=amount
                   columns that are not named are properties under their own names
  --user ID        why this person is in their segment
  --json           print one JSON object instead of tables
  --help           show this text`;

const flags = {
  config: { type: 'string' },
  at: { type: 'string' },
  csv: { type: 'boolean' },
  columns: { type: 'string' },
  user: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export interface Options {
  /** `-` is standard input. */
  file: string;
  configFile: string;
  untilMs?: number;
  isCsv: boolean;
  columns: ReadonlyMap<string, string>;
  userId?: string;
  asJson: boolean;
}

/**
 * @returns 'help' when the user asks for it
 * @throws UsageError
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values: given, positionals } = parseArguments(argv, flags);
  if (given.help) return 'help';
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError('a file of events is missing; see --help');
  if (more.length > 0) throw new UsageError(`one file only: ${more.map((one) => JSON.stringify(one)).join(', ')} is too much`);
  if (file !== '-' && !existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  if (file !== '-' && statSync(file).isDirectory())
    throw new UsageError(`${file}: is a folder; it must be a file of events, or - for standard input`);
  const configFile = given.config ?? 'segue.config.ts';
  if (!existsSync(configFile)) throw new UsageError(`--config: ${configFile}: there is no such file`);
  const isCsv = given.csv ?? file.endsWith('.csv');
  if (given.columns !== undefined && !isCsv) throw new UsageError('--columns is for CSV only; add --csv');
  const untilMs = given.at === undefined ? undefined : parseTimeMs(given.at);
  if (given.at !== undefined && untilMs === undefined)
    throw new UsageError(`--at: ${JSON.stringify(given.at)}: must be a time such as ${timeForms}`);
  return {
    file,
    configFile,
    isCsv,
    columns: given.columns === undefined ? new Map() : parseColumnMap(given.columns),
    asJson: given.json ?? false,
    ...(untilMs !== undefined && { untilMs }),
    ...(given.user !== undefined && { userId: given.user }),
  };
}
