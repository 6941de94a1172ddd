import Papa from 'papaparse';
import type { Line } from './lines.ts';

export type Delimiter = ',' | ';' | '\t';

/** What stands between two places of a file: the cells of a record, or why there are none. */
export interface CsvRecord {
  /** Its first and last line, from 1. */
  line: number;
  lastLine: number;
  text: string;
  cells?: string[];
  problem?: string;
}

/** A cell may go over several lines, but a quote that is never closed must not keep the whole file in memory. */
const maxRecordLength = 64 * 1024;

const notClosed = 'a quote that opens a cell is not closed; write a quote within a quoted cell twice';
const goesOn = 'text follows a closing quote; write a quote within a quoted cell twice';

/**
 * Reads the cells of one record by RFC 4180. A quote opens only at the start of a cell; elsewhere in an unquoted cell it is text.
 * @returns 'open' when the record goes on in the next line, 'broken' when text follows a closing quote
 */
export function parseCells(text: string, delimiter: Delimiter): string[] | 'open' | 'broken' {
  // Most records have no quotes, and a split is ten times as fast.
  if (!text.includes('"')) return text.split(delimiter);
  const { data, errors } = Papa.parse<string[]>(text, { delimiter, newline: '\n' });
  if (errors.some(({ code }) => code === 'InvalidQuotes')) return 'broken';
  if (errors.some(({ code }) => code === 'MissingQuotes')) return 'open';
  return data[0] ?? [''];
}

/** Comma, semicolon or tab: whichever makes most cells of the header. */
export function delimiterOf(header: string): Delimiter {
  const counts = ([',', ';', '\t'] as const).map((delimiter) => {
    const cells = parseCells(header, delimiter);
    // A header whose last name goes on in the next line is read as far as it is there.
    const count = cells === 'open' ? header.split(delimiter).length : cells === 'broken' ? 0 : cells.length;
    return { delimiter, count };
  });
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).delimiter;
}

/**
 * Puts lines together to records. A quote that is wrong costs its own line only: what it would have swallowed is read again, line by line.
 */
export class CsvRecords {
  readonly #delimiter: Delimiter;
  /** Cells of a record; anything else is a problem. Undefined for the header itself. */
  readonly #width: number | undefined;
  /** Of a record that goes on. */
  #open: Line[] = [];
  #openLength = 0;
  #linesRead: number;

  /** @param linesBefore lines of the file that stand before the first one to be read */
  constructor(delimiter: Delimiter, width?: number, linesBefore = 0) {
    this.#delimiter = delimiter;
    this.#width = width;
    this.#linesRead = linesBefore;
  }

  /** @returns the records that the line completes: several, when it shows that a quote before was wrong */
  read(line: Line): CsvRecord[] {
    const records: CsvRecord[] = [];
    this.#take([line], records);
    return records;
  }

  /** To be called at the end of the file. */
  end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    while (this.#open.length > 0) this.#giveUp(notClosed, records);
    return records;
  }

  #take(lines: readonly Line[], records: CsvRecord[]): void {
    for (const line of lines) {
      this.#linesRead += 1;
      this.#open.push(line);
      this.#openLength += textOf(line).length + 1;
      // A line without a quote can close none.
      if (this.#open.length === 1 || textOf(line).includes('"')) this.#settle(records);
      if (this.#openLength > maxRecordLength) this.#giveUp(notClosed, records);
    }
  }

  /** Looks whether the open lines are a record now. */
  #settle(records: CsvRecord[]): void {
    const lines = this.#open;
    const text = lines.length === 1 ? textOf(lines[0] as Line) : lines.map(textOf).join('\n');
    const cells = parseCells(text, this.#delimiter);
    if (cells === 'open') return;
    if (cells === 'broken') return this.#giveUp(goesOn, records);
    if (lines.length > 1 && this.#swallows(lines, cells)) return this.#giveUp(notClosed, records);
    this.#close();
    if (text === '') return;
    const record = { line: this.#linesRead - lines.length + 1, lastLine: this.#linesRead, text };
    const problem = lines.map(problemOf).find((one) => one !== undefined) ?? this.#widthProblem(cells);
    records.push(problem === undefined ? { ...record, cells } : { ...record, problem });
  }

  #close(): void {
    this.#open = [];
    this.#openLength = 0;
  }

  /** Puts the first of the open lines aside and reads the others anew. */
  #giveUp(problem: string, records: CsvRecord[]): void {
    const [first, ...rest] = this.#open as [Line, ...Line[]];
    const line = this.#linesRead - rest.length;
    this.#close();
    this.#linesRead = line;
    records.push({ line, lastLine: line, text: textOf(first), problem: problemOf(first) ?? problem });
    this.#take(rest, records);
  }

  /** Do the lines look like records of their own, between two quotes that stand for inches, say? */
  #swallows(lines: readonly Line[], cells: readonly string[]): boolean {
    if (this.#width === undefined) return false;
    return this.#isWrong(cells) || lines.every((line) => !this.#isWrong(textOf(line).split(this.#delimiter)));
  }

  #isWrong(cells: readonly string[]): boolean {
    return this.#width !== undefined && cells.length !== this.#width;
  }

  #widthProblem(cells: readonly string[]): string | undefined {
    return this.#isWrong(cells) ? `${cells.length} cells, the header has ${this.#width}` : undefined;
  }
}

const textOf = (line: Line): string => (typeof line === 'string' ? line : line.text);
const problemOf = (line: Line): string | undefined => (typeof line === 'string' ? undefined : line.problem);
