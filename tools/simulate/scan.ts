import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { decodeLine, lineBatches } from '../event-files/lines.ts';
import { JsonLines, type FileRecord, type RecordReader } from '../event-files/records.ts';
import { toEvent } from './calls.ts';
import { BadLine } from './errors.ts';
import { EventRows, noKey, type EventTable } from './event-table.ts';
import { SharedText, type SharedBytes } from './input.ts';

export interface Refused {
  count: number;
  first: { line: number; reason: string }[];
}

/** What is in an input, or in a part of it. */
export interface Scan {
  events: EventTable;
  /** The keys of people and devices, by the numbers that `events` has for them. */
  keys: string[];
  lines: number;
  refused: Refused;
  /** Descriptions of products, which belong to nobody and are left out. */
  catalogue: number;
}

export const shownRefusals = 10;

/** Part of a text, in bytes. */
export interface Range {
  from: number;
  to: number;
}

const linesPerProgress = 10_000;

/**
 * Finds the events in some lines of JSON. They are not kept: each is read again when its turn comes, which is cheaper than holding all of
 * them in memory.
 * @param range from the start of a line to the end of one
 */
export function scanJsonLines(bytes: Buffer, range: Range, config: Config, onBytes: (count: number) => void = () => {}): Scan {
  const collector = new Collector(config);
  const reader = new JsonLines();
  let [lines, reported] = [0, range.from];
  for (let start = range.from; start < range.to; ) {
    const found = bytes.indexOf(newline, start);
    const end = found < 0 || found >= range.to ? range.to : found;
    for (const record of reader.read(decodeLine(bytes.subarray(start, end)))) collector.take(record, () => ({ startByte: start, endByte: end }));
    lines += 1;
    start = end + 1;
    if (lines % linesPerProgress !== 0) continue;
    onBytes(start - reported);
    reported = start;
  }
  onBytes(range.to - reported);
  return collector.scan(lines);
}

/**
 * Finds the events of any other input. Where a record of CSV begins is only known to whoever has read all before it, so this is done in one go;
 * what comes out are lines of JSON, which any thread can read.
 */
export async function scanRecords(input: AsyncIterable<Buffer>, reader: RecordReader, config: Config, onEvent?: (event: DomainEvent) => void): Promise<{ scan: Scan; bytes: SharedBytes }> {
  const collector = new Collector(config, onEvent);
  const text = new SharedText();
  const take = (record: FileRecord) =>
    collector.take(record, () => {
      const startByte = text.length;
      text.add(Buffer.from(JSON.stringify(record.call)));
      return { startByte, endByte: text.length };
    });
  let lines = 0;
  for await (const batch of lineBatches(input)) {
    for (const line of batch) for (const record of reader.read(line)) take(record);
    lines += batch.length;
  }
  for (const record of reader.end()) take(record);
  return { scan: collector.scan(lines), bytes: text.bytes() };
}

/** Reads one event of the table again. */
export function eventAt(bytes: Buffer, { startByte, endByte, line }: EventTable, place: number, config: Config): DomainEvent {
  const text = bytes.toString('utf8', startByte[place], endByte[place]);
  return toEvent(JSON.parse(text) as Record<string, unknown>, line[place] as number, config);
}

/** Cuts a text into parts of about the same size, each of whole lines. */
export function rangesOf(bytes: Buffer, parts: number): Range[] {
  const ranges: Range[] = [];
  for (let part = 0, from = startOf(bytes); part < parts; part += 1) {
    const lineEnd = part === parts - 1 ? -1 : bytes.indexOf(newline, Math.max(from, Math.floor((bytes.length * (part + 1)) / parts)));
    const to = lineEnd < 0 ? bytes.length : lineEnd + 1;
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}

const newline = 0x0a;
const byteOrderMark = Buffer.from('\uFEFF');

/** Spreadsheets put a byte order mark first. */
const startOf = (bytes: Buffer): number => (bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0);

/** Notes what is found. A line that cannot be read is counted with its reason and never stops the rest. */
class Collector {
  readonly #config: Config;
  readonly #onEvent: ((event: DomainEvent) => void) | undefined;
  readonly #rows = new EventRows();
  readonly #keys: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #refused: Refused = { count: 0, first: [] };
  #catalogue = 0;

  constructor(config: Config, onEvent?: (event: DomainEvent) => void) {
    this.#config = config;
    this.#onEvent = onEvent;
  }

  /** @param placeOf where the call stands; asked for events only */
  take({ line, call, problem }: FileRecord, placeOf: () => { startByte: number; endByte: number }): void {
    if (call === undefined) return this.#refuse(line, problem ?? 'no event');
    try {
      const event = toEvent(call, line, this.#config);
      if (event.name === 'product_updated') this.#catalogue += 1;
      else this.#add(event, line, placeOf());
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      this.#refuse(line, error.message);
    }
  }

  scan(lines: number): Scan {
    return { events: this.#rows.table(), keys: this.#keys, lines, refused: this.#refused, catalogue: this.#catalogue };
  }

  #add(event: DomainEvent, line: number, { startByte, endByte }: { startByte: number; endByte: number }): void {
    this.#onEvent?.(event);
    const { userKey, anonymousKey, atMs } = event;
    const linkedKey = anonymousKey === undefined ? noKey : this.#numberOf(anonymousKey);
    this.#rows.add({ startByte, endByte, line, atMs, key: this.#numberOf(userKey), linkedKey });
  }

  #refuse(line: number, reason: string): void {
    this.#refused.count += 1;
    if (this.#refused.first.length < shownRefusals) this.#refused.first.push({ line, reason });
  }

  /** Numbers keys in the order in which they come. */
  #numberOf(key: string): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#keys.length;
      this.#keys.push(key);
      this.#numbers.set(key, number);
    }
    return number;
  }
}
