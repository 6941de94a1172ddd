/** A record as PutRecords takes it. */
export interface OutRecord {
  PartitionKey: string;
  Data: Uint8Array;
}

/** PutRecords takes 500 records and 5 MB, base64 and JSON included; this leaves room for those. */
const maxRecords = 500;
const maxBytes = 3_500_000;
/** Collects records up to what one call takes. */
export class RecordBatch {
  readonly #maxRecords: number;
  #records: OutRecord[] = [];
  #bytes = 0;

  constructor(size = maxRecords) {
    this.#maxRecords = Math.min(size, maxRecords);
  }

  get size(): number {
    return this.#records.length;
  }

  /** @returns false when the batch has to go first */
  add(record: OutRecord): boolean {
    const bytes = this.#bytes + record.Data.length + Buffer.byteLength(record.PartitionKey);
    const isFull = this.#records.length >= this.#maxRecords || bytes > maxBytes;
    if (isFull && this.#records.length > 0) return false;
    this.#records.push(record);
    this.#bytes = bytes;
    return true;
  }

  /** Empties the batch. */
  take(): OutRecord[] {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }
}
