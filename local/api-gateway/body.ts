import type { IncomingMessage } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';

export type Unpacked = { kind: 'text'; body: string } | { kind: 'too-large' } | { kind: 'unknown' };

/** Codings that a REST API unpacks by itself, before models and templates. */
const codings: Record<string, (packed: Buffer, options: { maxOutputLength: number }) => Buffer> = { gzip: gunzipSync, deflate: inflateSync };

/**
 * The text of a request body whose `Content-Encoding` may be gzip or deflate.
 * @param maxBytes of the unpacked text: a small body may hold a large one
 * @returns `unknown` for another coding, and for bytes that are not of theirs; API Gateway answers both with 415
 */
export function unpackedBody(received: Buffer, contentEncoding: string | undefined, maxBytes: number): Unpacked {
  const coding = (contentEncoding ?? 'identity').trim().toLowerCase();
  if (coding === 'identity' || coding === '') return { kind: 'text', body: received.toString('utf8') };
  const unpack = Object.hasOwn(codings, coding) ? codings[coding] : undefined;
  if (!unpack) return { kind: 'unknown' };
  try {
    return { kind: 'text', body: unpack(received, { maxOutputLength: maxBytes }).toString('utf8') };
  } catch (error) {
    return { kind: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'unknown' };
  }
}

/** @returns `undefined` when the body has more bytes than allowed */
export async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read on without keeping it: a client that is still sending would not see an answer.
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks);
}

/** The same as text. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  return (await readBytes(request, maxBytes))?.toString('utf8');
}
