import { statSync } from 'node:fs';
import { bytesOf, type FileOptions } from '../event-files/options.ts';

/** Bytes in memory that threads share. */
export type SharedBytes = Buffer<SharedArrayBuffer>;

/** The whole text of a file as UTF-8. @param onRead as for {@link bytesOf} */
export async function readText(options: FileOptions, onRead: Parameters<typeof bytesOf>[1]): Promise<SharedBytes> {
  const text = new SharedText(sizeOf(options));
  for await (const chunk of bytesOf(options, onRead)) text.add(chunk);
  return text.bytes();
}

/** How many bytes the text will have, where that is known. */
function sizeOf({ file, encoding }: FileOptions): number {
  const stats = file === '-' ? undefined : statSync(file);
  return stats?.isFile() && encoding === 'utf-8' ? stats.size : 0;
}

/** A text that grows. */
export class SharedText {
  length = 0;
  #buffer: SharedBytes;

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

  bytes(): SharedBytes {
    if (this.length < this.#buffer.length) this.#resize(this.length);
    return this.#buffer;
  }

  #resize(size: number): void {
    const larger = sharedBytes(size);
    larger.set(this.#buffer.subarray(0, this.length));
    this.#buffer = larger;
  }
}

export const sharedBytes = (size: number): SharedBytes => Buffer.from(new SharedArrayBuffer(size));
