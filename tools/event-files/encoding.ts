import { UsageError } from '../simulate/errors.ts';

/**
 * The standard name of an encoding, by any of the names that browsers know.
 * @throws UsageError
 */
export function encodingNamed(name: string): string {
  try {
    return new TextDecoder(name).encoding;
  } catch {
    throw new UsageError(
      `--encoding: ${JSON.stringify(name)}: must be an encoding such as utf-8, windows-1252, iso-8859-2, utf-16le or shift_jis`,
    );
  }
}

/**
 * The bytes of a text in another encoding, as UTF-8.
 * @throws UsageError at the first bytes that are not in this encoding
 */
export async function* toUtf8(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') return yield* afterRefusal(bytes);
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (chunk?: Buffer) => {
    try {
      return Buffer.from(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch {
      throw new UsageError(`--encoding: ${encoding}: the file has bytes that are none of this encoding`);
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}

const marks = [
  { encoding: 'utf-16le', bytes: Buffer.of(0xff, 0xfe) },
  { encoding: 'utf-16be', bytes: Buffer.of(0xfe, 0xff) },
];

/**
 * Spreadsheets write UTF-16 as "Unicode text". Its mark tells, and not a line of it could be read.
 * @param start the first bytes of a file
 * @throws UsageError
 */
export function refuseUtf16(start: Buffer): void {
  const mark = marks.find((one) => start.subarray(0, 2).equals(one.bytes));
  if (mark !== undefined) throw new UsageError(`the file is not UTF-8 but begins like ${mark.encoding}; read it with --encoding ${mark.encoding}`);
}

async function* afterRefusal(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isStart = true;
  for await (const chunk of bytes) {
    if (isStart) refuseUtf16(chunk);
    isStart = false;
    yield chunk;
  }
}
