import { BadLine, UsageError } from '../simulate/errors.ts';
import { callReader, type Call } from './csv-columns.ts';
import { CsvRecords, delimiterOf, type CsvRecord, type Delimiter } from '../../lambdas/domain/files/csv-records.ts';
import type { ReadTime } from './date-format.ts';
import type { Line } from '../../lambdas/domain/files/lines.ts';

/** What a line, or a record of several lines, turned out to be. */
export interface FileRecord {
  /** Its first and last line, from 1. */
  line: number;
  lastLine: number;
  /** As it stands in the file. */
  text: string;
  call?: Call;
  /** Why there is no call. */
  problem?: string;
}

/** Reads an input line by line. */
export interface RecordReader {
  /**
   * @returns what the line completes: nothing for an empty one, several records where it shows that an earlier one was wrong
   * @throws UsageError when the whole input cannot be read like this
   */
  read(line: Line): readonly FileRecord[];
  /** To be called at the end of the input. */
  end(): readonly FileRecord[];
}

const nothing: readonly FileRecord[] = [];

export class JsonLines implements RecordReader {
  #line = 0;

  read(line: Line): readonly FileRecord[] {
    this.#line += 1;
    const place = { line: this.#line, lastLine: this.#line };
    if (typeof line !== 'string') return [{ ...place, ...line }];
    if (line.trim() === '') return nothing;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      return [{ ...place, text: line, problem: 'not JSON' }];
    }
    const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
    return [isObject ? { ...place, text: line, call: json as Call } : { ...place, text: line, problem: 'not a JSON object' }];
  }

  end(): readonly FileRecord[] {
    return nothing;
  }
}

export class CsvLines implements RecordReader {
  readonly #map: ReadonlyMap<string, string>;
  readonly #readTime: ReadTime | undefined;
  /** Until the header is read, its own records; the delimiter is in it. */
  #records: CsvRecords | undefined;
  #delimiter: Delimiter | undefined;
  #toCall: ((cells: readonly string[]) => Call) | undefined;
  #linesRead = 0;

  constructor(map: ReadonlyMap<string, string>, readTime?: ReadTime) {
    this.#map = map;
    this.#readTime = readTime;
  }

  read(line: Line): readonly FileRecord[] {
    this.#linesRead += 1;
    if (this.#toCall === undefined) return this.#readHeader(line);
    return this.#callsOf(this.#records?.read(line) ?? []);
  }

  end(): readonly FileRecord[] {
    const rest = this.#records?.end() ?? [];
    if (this.#toCall === undefined && rest.length > 0) this.#useHeader(rest);
    return this.#callsOf(rest);
  }

  #readHeader(line: Line): readonly FileRecord[] {
    if (this.#records === undefined) {
      const text = typeof line === 'string' ? line : line.text;
      if (text === '') return nothing;
      if (text.includes('\r')) throw new UsageError('the lines of the file end with a carriage return alone; save it with line feeds');
      // Spreadsheets write a first line that names the delimiter.
      const [, named] = /^sep=([,;\t])$/i.exec(text) ?? [];
      this.#delimiter ??= (named as Delimiter | undefined) ?? delimiterOf(text);
      if (named !== undefined) return nothing;
      this.#records = new CsvRecords(this.#delimiter, undefined, this.#linesRead - 1);
    }
    const found = this.#records.read(line);
    if (found.length > 0) this.#useHeader(found);
    return nothing;
  }

  #useHeader([header]: readonly CsvRecord[]): void {
    if (header?.cells === undefined) throw new UsageError(`line ${header?.line}, the header: ${header?.problem}`);
    this.#toCall = callReader(header.cells, this.#map, this.#readTime);
    this.#records = new CsvRecords(this.#delimiter as Delimiter, header.cells.length, header.lastLine);
  }

  #callsOf(records: readonly CsvRecord[]): readonly FileRecord[] {
    return records.map(({ cells, ...record }) => {
      if (cells === undefined) return record;
      try {
        return { ...record, call: this.#toCall?.(cells) as Call };
      } catch (error) {
        if (!(error instanceof BadLine)) throw error;
        return { ...record, problem: error.message };
      }
    });
  }
}
