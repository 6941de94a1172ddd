const lineEnd = 0x0a;

/** Passes bytes on, but of each line no more than so many: a file without line ends must not fill the memory. */
export async function* capLines(bytes: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  /** Length so far of the line that earlier chunks left open. */
  let openBytes = 0;
  for await (const chunk of bytes) {
    const first = chunk.indexOf(lineEnd);
    const isShort = chunk.length <= maxBytes && openBytes + (first < 0 ? chunk.length : first) <= maxBytes;
    if (isShort) yield chunk;
    else yield Buffer.concat(cutPieces(chunk, openBytes, maxBytes));
    openBytes = first < 0 ? openBytes + chunk.length : chunk.length - chunk.lastIndexOf(lineEnd) - 1;
  }
}

function cutPieces(chunk: Buffer, openBytes: number, maxBytes: number): Buffer[] {
  const pieces: Buffer[] = [];
  let room = Math.max(0, maxBytes - openBytes);
  for (let start = 0; start < chunk.length; room = maxBytes) {
    const found = chunk.indexOf(lineEnd, start);
    const end = found < 0 ? chunk.length : found;
    pieces.push(chunk.subarray(start, Math.min(end, start + room)), chunk.subarray(end, end + 1));
    start = end + 1;
  }
  return pieces;
}
