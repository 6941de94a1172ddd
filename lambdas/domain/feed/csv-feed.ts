import { CsvRecords, delimiterOf, type CsvRecord, type Delimiter } from '../files/csv-records.ts';
import type { Line } from '../files/lines.ts';
import { FeedError, feedField, feedFields, type FeedField, type FeedRecord } from './record.ts';

/** Reads items of CSV or TSV line by line; the header names Google's attributes. */
export class CsvFeed {
  #delimiter: Delimiter | undefined;
  #records: CsvRecords | undefined;
  #columns: (FeedField | undefined)[] | undefined;
  #linesRead = 0;

  /** @throws FeedError when the header cannot be used */
  read(line: Line): FeedRecord[] {
    this.#linesRead += 1;
    if (this.#records === undefined) {
      const text = typeof line === 'string' ? line : line.text;
      if (text.trim() === '') return [];
      this.#delimiter = delimiterOf(text);
      this.#records = new CsvRecords(this.#delimiter, undefined, this.#linesRead - 1);
    }
    return this.#itemsOf(this.#records.read(line));
  }

  end(): FeedRecord[] {
    const rest = this.#itemsOf(this.#records?.end() ?? []);
    if (this.#columns === undefined) throw new FeedError('the file is empty');
    return rest;
  }

  #itemsOf(records: CsvRecord[]): FeedRecord[] {
    const [header] = records;
    if (this.#columns !== undefined || header === undefined) return records.map((record) => this.#item(record));
    this.#columns = columnsOf(header);
    this.#records = new CsvRecords(this.#delimiter as Delimiter, this.#columns.length, header.lastLine);
    return [];
  }

  #item({ line, cells, problem }: CsvRecord): FeedRecord {
    if (cells === undefined) return { line, fields: {}, problem: problem ?? 'no cells' };
    const fields: FeedRecord['fields'] = {};
    for (const [place, name] of (this.#columns ?? []).entries()) if (name !== undefined && cells[place]?.trim()) fields[name] ??= cells[place];
    return { line, fields };
  }
}

function columnsOf({ line, cells, problem }: CsvRecord): (FeedField | undefined)[] {
  if (cells === undefined) throw new FeedError(`line ${line}, the header: ${problem}`);
  const columns = cells.map(feedField);
  for (const name of ['id', 'title'] as const)
    if (!columns.includes(name)) throw new FeedError(`line ${line}, the header: no column ${name}; there are ${cells.join(', ')}, and of these names are read: ${feedFields.join(', ')}`);
  return columns;
}
