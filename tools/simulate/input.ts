import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { refuseUtf16 } from '../event-files/encoding.ts';
import { bytesOf, type FileOptions } from '../event-files/options.ts';
import { UsageError } from './errors.ts';

/** Where a text in UTF-8 is that several threads read: in a file, or in memory that they share. */
export type TextSource = { file: string; length: number } | { bytes: SharedArrayBuffer; length: number };

/** A text that is read part by part. */
export interface Text {
  /** In bytes. */
  length: number;
  /** Some of its bytes, good until the next call. */
  slice(from: number, to: number): Buffer;
}

/** @throws UsageError from `slice` when the file has become shorter */
export function textOf(source: TextSource): Text {
  const { length } = source;
  if ('bytes' in source) return { length, slice: (from, to) => Buffer.from(source.bytes, from, to - from) };
  const { file } = source;
  let buffer = Buffer.allocUnsafe(0);
  return {
    length,
    slice(from, to) {
      if (buffer.length < to - from) buffer = Buffer.allocUnsafe(to - from);
      const descriptor = openSync(file, 'r');
      try {
        for (let at = from; at < to; ) {
          const count = readSync(descriptor, buffer, at - from, to - at, at);
          if (count === 0) throw new UsageError(`${file}: has become shorter while it was read`);
          at += count;
        }
      } finally {
        closeSync(descriptor);
      }
      return buffer.subarray(0, to - from);
    },
  };
}

/**
 * Finds the text of a file. What is no UTF-8 yet, and what comes through a pipe, is read into memory.
 * @param onRead as for {@link bytesOf}
 */
export async function findText(options: FileOptions, onRead: Parameters<typeof bytesOf>[1]): Promise<TextSource> {
  const { file, encoding } = options;
  const stats = file === '-' ? undefined : statSync(file);
  if (!stats?.isFile() || encoding !== 'utf-8') {
    const text = new SharedText();
    for await (const chunk of bytesOf(options, onRead)) text.add(chunk);
    return { bytes: text.memory, length: text.length };
  }
  const source = { file, length: stats.size };
  refuseUtf16(textOf(source).slice(0, Math.min(2, stats.size)));
  return source;
}

/** A text in shared memory that grows. */
export class SharedText {
  length = 0;
  #buffer: Buffer<SharedArrayBuffer>;

  /** @param size bytes to make room for */
  constructor(size = 0) {
    this.#buffer = sharedBytes(size);
  }

  add(piece: Uint8Array): void {
    if (this.length + piece.length > this.#buffer.length) this.#resize(2 * (this.length + piece.length));
    this.#buffer.set(piece, this.length);
    this.length += piece.length;
  }

  /** Adds a text as UTF-8, which takes three bytes at most for each of its units. */
  write(text: string): void {
    if (this.length + 3 * text.length > this.#buffer.length) this.#resize(2 * (this.length + 3 * text.length));
    this.length += this.#buffer.write(text, this.length);
  }

  /** The memory that it stands in, which may go on after its end; no copy is made. */
  get memory(): SharedArrayBuffer {
    return this.#buffer.buffer;
  }

  #resize(size: number): void {
    const larger = sharedBytes(size);
    larger.set(this.#buffer.subarray(0, this.length));
    this.#buffer = larger;
  }
}

const sharedBytes = (size: number): Buffer<SharedArrayBuffer> => Buffer.from(new SharedArrayBuffer(size));
