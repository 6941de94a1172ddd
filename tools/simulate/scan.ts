import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { decodeLines, lineBatches } from '../../lambdas/domain/files/lines.ts';
import { JsonLines, type FileRecord, type RecordReader } from '../event-files/records.ts';
import { toEvent } from './calls.ts';
import { BadLine } from './errors.ts';
import { EventRows, noKey, type EventTable } from './event-table.ts';
import { textOf, type EventText } from './event-texts.ts';
import { SharedText } from './input.ts';

export interface Refused {
  count: number;
  first: { line: number; reason: string }[];
}

/** What is in an input, or in a part of it. */
export interface Scan {
  events: EventTable;
  text: EventText;
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

const bytesPerProgress = 1_000_000;

/**
 * Finds the events in some lines of JSON.
 * @param range from the start of a line to the end of one
 */
export function scanJsonLines(bytes: Buffer, range: Range, config: Config, onBytes: (count: number) => void = () => {}): Scan {
  // In its normal form an event is hardly ever longer than its line.
  const collector = new Collector(config, range.to - range.from);
  const reader = new JsonLines();
  let lines = 0;
  for (let start = range.from; start < range.to; ) {
    const found = bytes.indexOf(newline, Math.min(start + bytesPerProgress, range.to - 1));
    const end = found < 0 || found >= range.to ? range.to : found;
    for (const [index, line] of decodeLines(bytes.subarray(start, end)).entries()) {
      // Two lines never have the same number, whatever part of the input this is.
      for (const record of reader.read(line)) collector.take(record, start + index);
      lines += 1;
    }
    onBytes(end - start);
    start = end + 1;
  }
  return collector.scan(lines);
}

/** Finds the events of any other input. Where a record of CSV begins is only known to whoever has read all before it, so this is done in one go. */
export async function scanRecords(input: AsyncIterable<Buffer>, reader: RecordReader, config: Config, onEvent?: (event: DomainEvent) => void): Promise<Scan> {
  const collector = new Collector(config, 0, onEvent);
  let lines = 0;
  for await (const batch of lineBatches(input)) {
    for (const line of batch) for (const record of reader.read(line)) collector.take(record, record.line);
    lines += batch.length;
  }
  for (const record of reader.end()) collector.take(record, record.line);
  return collector.scan(lines);
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
  readonly #text: SharedText;
  readonly #onEvent: ((event: DomainEvent) => void) | undefined;
  readonly #rows = new EventRows();
  readonly #keys: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #refused: Refused = { count: 0, first: [] };
  #catalogue = 0;

  /** @param bytes that the events will take */
  constructor(config: Config, bytes: number, onEvent?: (event: DomainEvent) => void) {
    this.#config = config;
    this.#text = new SharedText(bytes);
    this.#onEvent = onEvent;
  }

  /** @param index tells an event without a message id from all others */
  take({ line, call, problem }: FileRecord, index: number): void {
    if (call === undefined) return this.#refuse(line, problem ?? 'no event');
    try {
      const event = toEvent(call, index, this.#config);
      if (event.name === 'product_updated') this.#catalogue += 1;
      else this.#add(event);
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      this.#refuse(line, error.message);
    }
  }

  scan(lines: number): Scan {
    const text = { bytes: this.#text.memory, count: this.#rows.length };
    return { events: this.#rows.table(), text, keys: this.#keys, lines, refused: this.#refused, catalogue: this.#catalogue };
  }

  #add(event: DomainEvent): void {
    this.#onEvent?.(event);
    const { userKey, anonymousKey, atMs } = event;
    const linkedKey = anonymousKey === undefined ? noKey : this.#numberOf(anonymousKey);
    const startByte = this.#text.length;
    this.#text.write(textOf(event));
    this.#rows.add({ startByte, endByte: this.#text.length, atMs, key: this.#numberOf(userKey), linkedKey });
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
