import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { capLines } from '../files/cap-lines.ts';
import { lineBatches } from '../files/lines.ts';
import { CsvFeed } from './csv-feed.ts';
import { FeedError, type FeedRecord } from './record.ts';
import { XmlFeed } from './xml-feed.ts';

/** A line of CSV: far more than a product needs. */
const maxLineBytes = 64 * 1024;
/** An XML declaration and a byte order mark are within these. */
const headBytes = 200;

/**
 * Reads a product feed as a stream: CSV or TSV, or XML (RSS 2.0, Atom), packed with gzip or not, in the encoding that its first bytes tell. No more of it is
 * in memory than a few pieces.
 * @param encoding of the text; left out, a byte order mark or the XML declaration decides, else it is UTF-8
 * @throws FeedError when the file as a whole cannot be read; items before that have been given out
 */
export async function* readFeed(bytes: AsyncIterable<Uint8Array>, encoding?: string): AsyncGenerator<FeedRecord[]> {
  const { first, all } = await begin(unpacked(bytes), (pieces) => byteLength(pieces) >= headBytes);
  const text = await begin(decoded(all, encoding ?? encodingOf(Buffer.concat(first))), (pieces) => pieces.join('').trim() !== '');
  if (text.first.join('').trimStart().startsWith('<')) {
    const feed = new XmlFeed();
    for await (const piece of text.all) yield feed.read(piece);
    yield feed.end();
    return;
  }
  const feed = new CsvFeed();
  for await (const lines of lineBatches(capLines(buffers(text.all), maxLineBytes))) yield lines.flatMap((line) => feed.read(line));
  yield feed.end();
}

async function* buffers(text: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const piece of text) yield Buffer.from(piece);
}

const byteLength = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

/** Takes pieces until there are enough to look at, and gives all of them back. */
async function begin<T>(pieces: AsyncIterable<T>, isEnough: (first: readonly T[]) => boolean): Promise<{ first: T[]; all: AsyncIterable<T> }> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first: T[] = [];
  while (!isEnough(first)) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
  }
  async function* all(): AsyncGenerator<T> {
    yield* first;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { first, all: all() };
}

async function* unpacked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { first, all } = await begin(bytes, (pieces) => byteLength(pieces) >= 2);
  const [one, two] = Buffer.concat(first);
  if (one !== 0x1f || two !== 0x8b) return yield* all;
  const gunzip = createGunzip();
  const source = Readable.from(all);
  source.once('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new FeedError(`the file is packed with gzip, and cannot be unpacked: ${(error as Error).message}`, { cause: error });
  }
}

function encodingOf(first: Buffer): string {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be';
  return /^[^<]*<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/i.exec(first.toString('latin1'))?.[1] ?? 'utf-8';
}

/** Bytes that are none of the encoding become U+FFFD, which costs the item that they stand in. */
async function* decoded(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = decoderOf(encoding);
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

function decoderOf(encoding: string) {
  try {
    return new TextDecoder(encoding);
  } catch {
    throw new FeedError(`the encoding ${JSON.stringify(encoding)} is not known; use UTF-8`);
  }
}
