import { sources, type Source } from '../../lambdas/schemas/event.ts';

/** What of an event takes the same room in every event. */
export interface EventRow {
  atMs: number;
  receivedAtMs: number;
  enteredAtMs: number;
  /** Eight letters. */
  messageHash: string;
  source: Source;
  /** Number of the event name. */
  name: number;
  /** Number of the user key. */
  key: number;
  /** Number of the anonymous key that the event links to it, else {@link noNumber}. */
  linkedKey: number;
  /** Where the rest of the event stands among the texts of its part, in bytes; the number of a common text when it has no length. */
  text: number;
  textLength: number;
}

export const noNumber = 0xff_ff_ff_ff;

const bytesPerRow = 64;
const lettersOfHash = 8;

/** Places in a row: of numbers of eight bytes, of numbers of four, and of letters. A row is as long as a line of the cache, so that an event read in any order costs one. */
const wide = { atMs: 0, receivedAtMs: 1, enteredAtMs: 2, text: 3, perRow: bytesPerRow / 8 } as const;
const narrow = { textLength: 8, name: 9, key: 10, linkedKey: 11, source: 12, perRow: bytesPerRow / 4 } as const;
const firstLetter = 56;

/** The memory of a table, which threads share, and how many rows are in it. */
export interface TableMemory {
  rows: SharedArrayBuffer;
  count: number;
}

export const memoryFor = (count: number): SharedArrayBuffer => new SharedArrayBuffer(count * bytesPerRow);

/** Events of an input, in their order there. */
export class EventTable {
  readonly count: number;
  readonly #wide: Float64Array;
  readonly #narrow: Uint32Array;
  readonly #letters: Buffer;

  constructor({ rows, count }: TableMemory) {
    this.count = count;
    this.#wide = new Float64Array(rows);
    this.#narrow = new Uint32Array(rows);
    this.#letters = Buffer.from(rows);
  }

  atMs(row: number): number {
    return this.#wide[row * wide.perRow + wide.atMs] as number;
  }

  key(row: number): number {
    return this.#narrow[row * narrow.perRow + narrow.key] as number;
  }

  linkedKey(row: number): number {
    return this.#narrow[row * narrow.perRow + narrow.linkedKey] as number;
  }

  name(row: number): number {
    return this.#narrow[row * narrow.perRow + narrow.name] as number;
  }

  text(row: number): number {
    return this.#wide[row * wide.perRow + wide.text] as number;
  }

  textLength(row: number): number {
    return this.#narrow[row * narrow.perRow + narrow.textLength] as number;
  }

  at(row: number): EventRow {
    const [inWide, inNarrow, letters] = [row * wide.perRow, row * narrow.perRow, row * bytesPerRow + firstLetter];
    return {
      atMs: this.#wide[inWide + wide.atMs] as number,
      receivedAtMs: this.#wide[inWide + wide.receivedAtMs] as number,
      enteredAtMs: this.#wide[inWide + wide.enteredAtMs] as number,
      messageHash: this.#letters.toString('latin1', letters, letters + lettersOfHash),
      source: sources[this.#narrow[inNarrow + narrow.source] as number] as Source,
      name: this.#narrow[inNarrow + narrow.name] as number,
      key: this.#narrow[inNarrow + narrow.key] as number,
      linkedKey: this.#narrow[inNarrow + narrow.linkedKey] as number,
      text: this.#wide[inWide + wide.text] as number,
      textLength: this.#narrow[inNarrow + narrow.textLength] as number,
    };
  }

  put(row: number, { atMs, receivedAtMs, enteredAtMs, messageHash, source, name, key, linkedKey, text, textLength }: EventRow): void {
    if (messageHash.length !== lettersOfHash) throw new RangeError(`message hash ${messageHash}: must have ${lettersOfHash} letters`);
    const [inWide, inNarrow, letters] = [row * wide.perRow, row * narrow.perRow, row * bytesPerRow + firstLetter];
    this.#wide[inWide + wide.atMs] = atMs;
    this.#wide[inWide + wide.receivedAtMs] = receivedAtMs;
    this.#wide[inWide + wide.enteredAtMs] = enteredAtMs;
    this.#wide[inWide + wide.text] = text;
    this.#narrow[inNarrow + narrow.textLength] = textLength;
    this.#narrow[inNarrow + narrow.source] = sources.indexOf(source);
    this.#narrow[inNarrow + narrow.name] = name;
    this.#narrow[inNarrow + narrow.key] = key;
    this.#narrow[inNarrow + narrow.linkedKey] = linkedKey;
    for (let letter = 0; letter < lettersOfHash; letter += 1) this.#letters[letters + letter] = messageHash.charCodeAt(letter);
  }

  renumber(row: number, { name, key, linkedKey }: Pick<EventRow, 'name' | 'key' | 'linkedKey'>): void {
    const inNarrow = row * narrow.perRow;
    this.#narrow[inNarrow + narrow.name] = name;
    this.#narrow[inNarrow + narrow.key] = key;
    this.#narrow[inNarrow + narrow.linkedKey] = linkedKey;
  }
}

/** A table that grows. */
export class EventRows {
  #memory: TableMemory;
  #table: EventTable;

  /** @param capacity rows to make room for; memory that is not written to costs nothing */
  constructor(capacity: number) {
    this.#memory = { rows: memoryFor(capacity), count: 0 };
    this.#table = new EventTable(this.#memory);
  }

  add(event: EventRow): void {
    const { rows, count } = this.#memory;
    if (count * bytesPerRow === rows.byteLength) this.#grow();
    this.#table.put(count, event);
    this.#memory.count += 1;
  }

  /** It may go on after the last row; no copy is made. */
  get memory(): TableMemory {
    return this.#memory;
  }

  #grow(): void {
    const rows = memoryFor(Math.max(1024, 2 * this.#memory.count));
    new Uint8Array(rows).set(new Uint8Array(this.#memory.rows));
    this.#memory = { rows, count: this.#memory.count };
    this.#table = new EventTable(this.#memory);
  }
}
