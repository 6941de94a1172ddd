import { createReadStream, existsSync, statSync } from 'node:fs';
import { UsageError } from '../simulate/errors.ts';
import { parseColumnMap } from './csv-columns.ts';
import { dateReader, type ReadTime } from './date-format.ts';
import { encodingNamed, toUtf8 } from './encoding.ts';
import { CsvLines, JsonLines, type RecordReader } from './records.ts';

/** Options of the commands that read a file of events. */
export const fileFlags = {
  csv: { type: 'boolean' },
  columns: { type: 'string' },
  encoding: { type: 'string' },
  'date-format': { type: 'string' },
} as const;

export const fileHelp = `
  FILE             Segment calls, one JSON object a line; or CSV; - reads standard input
  --csv            the file is CSV with a header; the ending .csv says so too
  --columns MAP    what the columns are: user=customer_id,event=action,time=date,anonymous=visitor,message=id,total=amount
                   columns that are not named are properties under their own names
  --date-format F  how times are written, such as DD.MM.YYYY or MM/DD/YYYY h:mm A (default: ISO 8601, or seconds since 1970)
  --encoding NAME  of the text, such as windows-1252 (default utf-8)`.slice(1);

export interface FileOptions {
  /** `-` is standard input. */
  file: string;
  isCsv: boolean;
  columns: ReadonlyMap<string, string>;
  readTime?: ReadTime;
  encoding: string;
}

type Given = { [name in keyof typeof fileFlags]?: (typeof fileFlags)[name]['type'] extends 'boolean' ? boolean : string };

/** @throws UsageError */
export function parseFileOptions(given: Given, [file, ...more]: readonly string[]): FileOptions {
  if (file === undefined) throw new UsageError('a file of events is missing; see --help');
  if (more.length > 0) throw new UsageError(`one file only: ${more.map((one) => JSON.stringify(one)).join(', ')} is too much`);
  if (file !== '-' && !existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  if (file !== '-' && statSync(file).isDirectory())
    throw new UsageError(`${file}: is a folder; it must be a file of events, or - for standard input`);
  const isCsv = given.csv ?? file.toLowerCase().endsWith('.csv');
  for (const name of ['columns', 'date-format'] as const)
    if (given[name] !== undefined && !isCsv) throw new UsageError(`--${name} is for CSV only; add --csv`);
  const format = given['date-format'];
  return {
    file,
    isCsv,
    columns: given.columns === undefined ? new Map() : parseColumnMap(given.columns),
    encoding: encodingNamed(given.encoding ?? 'utf-8'),
    ...(format !== undefined && { readTime: dateReader(format) }),
  };
}

export const readerFor = ({ isCsv, columns, readTime }: FileOptions): RecordReader =>
  isCsv ? new CsvLines(columns, readTime) : new JsonLines();

/**
 * The file's text as UTF-8, from standard input or disk.
 * @param onRead share of the file that was read, in [0, 1], undefined for standard input; and megabytes
 */
export function bytesOf({ file, encoding }: FileOptions, onRead: (share: number | undefined, megabytes: number) => void): AsyncIterable<Buffer> {
  const totalBytes = file === '-' ? undefined : statSync(file).size;
  let bytesRead = 0;
  const onBytes = (count: number) => {
    bytesRead += count;
    onRead(totalBytes === undefined ? undefined : bytesRead / totalBytes, bytesRead / 1e6);
  };
  return toUtf8(counted(file === '-' ? process.stdin : createReadStream(file), onBytes), encoding);
}

async function* counted(bytes: AsyncIterable<Buffer>, onBytes: (count: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    onBytes(chunk.length);
    yield chunk;
  }
}
