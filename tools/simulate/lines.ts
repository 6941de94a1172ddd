import { StringDecoder } from 'node:string_decoder';

/** Splits a byte stream into lines without their ends, in batches of what each chunk completes. */
export async function* lineBatches(bytes: AsyncIterable<Buffer>, onBytes: (count: number) => void = () => {}): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isStart = true;
  for await (const chunk of bytes) {
    onBytes(chunk.length);
    let text = decoder.write(chunk);
    // Spreadsheets put a byte order mark first.
    if (isStart && text.startsWith('\uFEFF')) text = text.slice(1);
    isStart &&= text === '';
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines.map(withoutReturn);
  }
  rest += decoder.end();
  if (rest !== '') yield [withoutReturn(rest)];
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
