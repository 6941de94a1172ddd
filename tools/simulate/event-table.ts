import { sources } from '../../lambdas/schemas/event.ts';

/** The events of an input, column by column and in their order there, in memory that threads share. */
export interface EventTable {
  /** Where the rest of the event stands in its text, which `EventTexts` reads. */
  startByte: Float64Array<SharedArrayBuffer>;
  /** Exclusive. */
  endByte: Float64Array<SharedArrayBuffer>;
  atMs: Float64Array<SharedArrayBuffer>;
  receivedAtMs: Float64Array<SharedArrayBuffer>;
  enteredAtMs: Float64Array<SharedArrayBuffer>;
  /** Number of the event name. */
  name: Uint32Array<SharedArrayBuffer>;
  /** Number of the user key. */
  key: Uint32Array<SharedArrayBuffer>;
  /** Number of the anonymous key that the event links to it, else {@link noKey}. */
  linkedKey: Uint32Array<SharedArrayBuffer>;
  /** Place in `sources`. */
  source: Uint8Array<SharedArrayBuffer>;
}

export const noKey = 0xff_ff_ff_ff;

type Column = keyof EventTable;

export function tableOf(count: number): EventTable {
  const memory = (bytesPerEvent: number) => new SharedArrayBuffer(bytesPerEvent * count);
  return {
    startByte: new Float64Array(memory(8)),
    endByte: new Float64Array(memory(8)),
    atMs: new Float64Array(memory(8)),
    receivedAtMs: new Float64Array(memory(8)),
    enteredAtMs: new Float64Array(memory(8)),
    name: new Uint32Array(memory(4)),
    key: new Uint32Array(memory(4)),
    linkedKey: new Uint32Array(memory(4)),
    source: new Uint8Array(memory(1)),
  };
}

/** A table that grows. */
export class EventRows {
  length = 0;
  #table = tableOf(1024);

  add({ startByte, endByte, atMs, receivedAtMs, enteredAtMs, name, key, linkedKey, source }: Record<Exclude<Column, 'source'>, number> & { source: (typeof sources)[number] }): void {
    const row = this.length;
    if (row === this.#table.key.length) this.#table = larger(this.#table, row * 2);
    const table = this.#table;
    table.startByte[row] = startByte;
    table.endByte[row] = endByte;
    table.atMs[row] = atMs;
    table.receivedAtMs[row] = receivedAtMs;
    table.enteredAtMs[row] = enteredAtMs;
    table.name[row] = name;
    table.key[row] = key;
    table.linkedKey[row] = linkedKey;
    table.source[row] = sources.indexOf(source);
    this.length += 1;
  }

  /** What is there so far; no copy is made. */
  table(): EventTable {
    return upTo(this.#table, this.length);
  }
}

const columns = Object.keys(tableOf(0)) as Column[];

/** Writes all rows of one table into another, from a row on. */
export function copyRows(from: EventTable, to: EventTable, row: number): void {
  for (const column of columns) to[column].set(from[column], row);
}

function upTo(table: EventTable, count: number): EventTable {
  return Object.fromEntries(columns.map((column) => [column, table[column].subarray(0, count)])) as unknown as EventTable;
}

function larger(table: EventTable, count: number): EventTable {
  const copy = tableOf(count);
  copyRows(table, copy, 0);
  return copy;
}
