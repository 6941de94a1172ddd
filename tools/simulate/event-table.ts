/** The events of an input, column by column and in their order there, in memory that threads share. */
export interface EventTable {
  /** Where the event stands in the text of events, which `EventTexts` reads. */
  startByte: Float64Array<SharedArrayBuffer>;
  /** Exclusive. */
  endByte: Float64Array<SharedArrayBuffer>;
  atMs: Float64Array<SharedArrayBuffer>;
  /** Number of the user key. */
  key: Uint32Array<SharedArrayBuffer>;
  /** Number of the anonymous key that the event links to it, else {@link noKey}. */
  linkedKey: Uint32Array<SharedArrayBuffer>;
}

export const noKey = 0xff_ff_ff_ff;

type Column = keyof EventTable;

export function tableOf(count: number): EventTable {
  const memory = (bytesPerEvent: number) => new SharedArrayBuffer(bytesPerEvent * count);
  return {
    startByte: new Float64Array(memory(8)),
    endByte: new Float64Array(memory(8)),
    atMs: new Float64Array(memory(8)),
    key: new Uint32Array(memory(4)),
    linkedKey: new Uint32Array(memory(4)),
  };
}

/** A table that grows. */
export class EventRows {
  length = 0;
  #table = tableOf(1024);

  add({ startByte, endByte, atMs, key, linkedKey }: Record<Column, number>): void {
    const row = this.length;
    if (row === this.#table.key.length) this.#table = resized(this.#table, row * 2);
    const table = this.#table;
    table.startByte[row] = startByte;
    table.endByte[row] = endByte;
    table.atMs[row] = atMs;
    table.key[row] = key;
    table.linkedKey[row] = linkedKey;
    this.length += 1;
  }

  table(): EventTable {
    return resized(this.#table, this.length);
  }
}

const columns = Object.keys(tableOf(0)) as Column[];

function resized(table: EventTable, count: number): EventTable {
  const copy = tableOf(count);
  for (const column of columns) copy[column].set(table[column].subarray(0, count));
  return copy;
}
