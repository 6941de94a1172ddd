import { callReader, delimiterOf, parseCells, type Call } from './csv.ts';
import { BadLine } from './errors.ts';

/** Reads an input line by line. */
export interface RecordReader {
  /**
   * @returns the call that the line completes; undefined when it holds none or its record goes on
   * @throws BadLine with the reason, UsageError when the whole input cannot be read like this
   */
  read(line: string): Call | undefined;
  /** To be called at the end of the input; @throws BadLine when a record is still open */
  end(): void;
  /** The line on which the last record began, from 1. */
  readonly lineNumber: number;
}

export class JsonLines implements RecordReader {
  lineNumber = 0;

  read(line: string): Call | undefined {
    this.lineNumber += 1;
    if (line.trim() === '') return undefined;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      throw new BadLine('not JSON');
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new BadLine('not a JSON object');
    return json as Call;
  }

  end(): void {}
}

/** A cell may go over several lines, but a quote that is never closed must not swallow the file. */
const maxRecordLength = 64 * 1024;

export class CsvLines implements RecordReader {
  lineNumber = 0;
  readonly #map: ReadonlyMap<string, string>;
  #linesRead = 0;
  #open: string | undefined;
  #delimiter = ',';
  #toCall: ((cells: readonly string[]) => Call) | undefined;

  constructor(map: ReadonlyMap<string, string>) {
    this.#map = map;
  }

  read(line: string): Call | undefined {
    this.#linesRead += 1;
    if (this.#open === undefined) this.lineNumber = this.#linesRead;
    const record = this.#open === undefined ? line : `${this.#open}\n${line}`;
    this.#open = undefined;
    if (hasOpenQuote(record)) {
      if (record.length > maxRecordLength) throw new BadLine('a quote is not closed');
      this.#open = record;
      return undefined;
    }
    if (record === '') return undefined;
    if (this.#toCall === undefined) {
      this.#delimiter = delimiterOf(record);
      this.#toCall = callReader(parseCells(record, this.#delimiter), this.#map);
      return undefined;
    }
    return this.#toCall(parseCells(record, this.#delimiter));
  }

  end(): void {
    if (this.#open !== undefined) throw new BadLine('a quote is not closed');
  }
}

function hasOpenQuote(record: string): boolean {
  let open = false;
  for (let place = record.indexOf('"'); place >= 0; place = record.indexOf('"', place + 1)) open = !open;
  return open;
}
