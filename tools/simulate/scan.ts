import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { decodeLines, lineBatches } from '../../lambdas/domain/files/lines.ts';
import { JsonLines, type FileRecord, type RecordReader } from '../event-files/records.ts';
import { toEvent } from './calls.ts';
import { BadLine } from './errors.ts';
import { EventRows, noNumber } from './event-table.ts';
import { EventTexts, type EventPart } from './event-texts.ts';
import type { Text } from './input.ts';
import { Numbers } from './numbers.ts';
import { oneTurn } from './turn.ts';

export interface Refused {
  count: number;
  first: { line: number; reason: string }[];
}

/** What is in an input, or in a part of it. */
export interface Scan extends EventPart {
  /** The keys of people and devices, and the names of events, by the numbers that the table of this part has for them. */
  keys: readonly string[];
  names: readonly string[];
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
/** Lines are decoded in blocks: longer strings than about 128 KB get memory of their own from V8, which is slow. */
const bytesPerBlock = 64 * 1024;
/** Few calls are shorter than this, and where they are, the table grows. */
const bytesPerCall = 128;

/**
 * Finds the events in some lines of JSON. Now and then it waits a moment, so that this thread also hears of the progress of others.
 * @param range from the start of a line to the end of one
 */
export async function scanJsonLines(text: Text, range: Range, config: Config, onBytes: (count: number) => void = () => {}): Promise<Scan> {
  // What of an event is written as text is hardly ever longer than its line.
  const collector = new Collector(config, range.to - range.from);
  const reader = new JsonLines();
  let lines = 0;
  let bytesDone = 0;
  for (const { block, startByte } of blocksOf(text, range)) {
    for (const [index, line] of decodeLines(block).entries()) {
      // Two lines never have the same number, whatever part of the input this is.
      for (const record of reader.read(line)) collector.take(record, startByte + index);
      lines += 1;
    }
    bytesDone += block.length;
    if (bytesDone < bytesPerProgress) continue;
    onBytes(bytesDone);
    bytesDone = 0;
    await oneTurn();
  }
  onBytes(bytesDone);
  return collector.scan(lines);
}

/** Some lines each, without the last line feed. */
function* blocksOf(text: Text, { from, to }: Range): Generator<{ block: Buffer; startByte: number }> {
  let size = bytesPerBlock;
  for (let startByte = from; startByte < to; ) {
    const bytes = text.slice(startByte, Math.min(startByte + size, to));
    const lineEnd = bytes.lastIndexOf(newline);
    const isLast = startByte + bytes.length === to && lineEnd !== bytes.length - 1;
    size = lineEnd < 0 ? 2 * size : bytesPerBlock;
    if (lineEnd < 0 && !isLast) continue;
    const end = isLast ? bytes.length : lineEnd;
    yield { block: bytes.subarray(0, end), startByte };
    startByte += end + 1;
  }
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
export function rangesOf(text: Text, parts: number): Range[] {
  const ranges: Range[] = [];
  for (let part = 1, from = startOf(text); part <= parts; part += 1) {
    const to = part === parts ? text.length : afterLine(text, Math.max(from, Math.floor((text.length * part) / parts)));
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}

/** Where the line ends that a byte stands in, its line feed included. */
function afterLine(text: Text, at: number): number {
  for (let from = at; from < text.length; from += bytesPerBlock) {
    const found = text.slice(from, Math.min(from + bytesPerBlock, text.length)).indexOf(newline);
    if (found >= 0) return from + found + 1;
  }
  return text.length;
}

const newline = 0x0a;
const byteOrderMark = Buffer.from('\uFEFF');

/** Spreadsheets put a byte order mark first. */
const startOf = (text: Text): number => (text.slice(0, Math.min(byteOrderMark.length, text.length)).equals(byteOrderMark) ? byteOrderMark.length : 0);

/** Notes what is found. A line that cannot be read is counted with its reason and never stops the rest. */
class Collector {
  readonly #config: Config;
  readonly #texts: EventTexts;
  readonly #onEvent: ((event: DomainEvent) => void) | undefined;
  readonly #rows: EventRows;
  readonly #keys = new Numbers();
  readonly #names = new Numbers();
  readonly #refused: Refused = { count: 0, first: [] };
  #catalogue = 0;

  /** @param bytes that the events take as they came; room is made for as many */
  constructor(config: Config, bytes: number, onEvent?: (event: DomainEvent) => void) {
    this.#config = config;
    this.#texts = new EventTexts(bytes);
    this.#rows = new EventRows(Math.ceil(bytes / bytesPerCall));
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
    return { table: this.#rows.memory, ...this.#texts.kept, keys: this.#keys.all, names: this.#names.all, lines, refused: this.#refused, catalogue: this.#catalogue };
  }

  #add(event: DomainEvent): void {
    this.#onEvent?.(event);
    const { name, userKey, anonymousKey, atMs, receivedAtMs, enteredAtMs, messageHash, source } = event;
    const linkedKey = anonymousKey === undefined ? noNumber : this.#keys.of(anonymousKey);
    const { text, textLength } = this.#texts.add(event);
    this.#rows.add({ text, textLength, atMs, receivedAtMs, enteredAtMs, messageHash, name: this.#names.of(name), key: this.#keys.of(userKey), linkedKey, source });
  }

  #refuse(line: number, reason: string): void {
    this.#refused.count += 1;
    if (this.#refused.first.length < shownRefusals) this.#refused.first.push({ line, reason });
  }
}
