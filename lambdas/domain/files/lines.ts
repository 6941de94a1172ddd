import { isUtf8 } from 'node:buffer';

/** A line whose bytes are no UTF-8; its text has U+FFFD in their place. */
export interface BrokenLine {
  text: string;
  problem: string;
}

/** A line without its end. */
export type Line = string | BrokenLine;

const lineEnd = 0x0a;

/** Splits a byte stream into lines without their ends, in batches of what each chunk completes. */
export async function* lineBatches(bytes: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  let open: Buffer[] = [];
  let isStart = true;
  const decode = (block: Buffer): Line[] => {
    const lines = decodeLines(block);
    if (isStart) lines[0] = withoutMark(lines[0] as Line);
    isStart = false;
    return lines;
  };
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(lineEnd);
    if (end < 0) {
      open.push(chunk);
      continue;
    }
    yield decode(Buffer.concat([...open, chunk.subarray(0, end)]));
    open = [chunk.subarray(end + 1)];
  }
  const rest = Buffer.concat(open);
  if (rest.length > 0) yield decode(rest);
}

/** Lines without their ends, of bytes without the last line feed. They are decoded together where that can be: one line with other bytes must not cost the rest. */
export function decodeLines(block: Buffer): Line[] {
  if (isUtf8(block)) return block.toString('utf8').split('\n').map(withoutReturn);
  const lines: Line[] = [];
  for (let start = 0; start <= block.length; ) {
    const found = block.indexOf(lineEnd, start);
    const end = found < 0 ? block.length : found;
    lines.push(decodeLine(block.subarray(start, end)));
    start = end + 1;
  }
  return lines;
}

/** @param bytes of a line, without its line feed */
function decodeLine(bytes: Buffer): Line {
  const text = withoutReturn(bytes.toString('utf8'));
  if (isUtf8(bytes)) return text;
  return { text, problem: 'not UTF-8; if the file has another encoding, name it with --encoding, such as --encoding windows-1252' };
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** Spreadsheets put a byte order mark first. */
function withoutMark(line: Line): Line {
  if (typeof line !== 'string') return line;
  return line.startsWith('\uFEFF') ? line.slice(1) : line;
}
