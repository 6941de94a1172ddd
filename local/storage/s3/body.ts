import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { S3Error } from './errors.ts';

/** S3 takes more in one request; nothing that runs here needs it. */
const maxBodyBytes = 512 * 1024 * 1024;

/**
 * Reads what a request sends, and checks it against the checksums that came with it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 * @throws S3Error BadDigest, IncompleteBody, EntityTooLarge, InvalidRequest
 */
export async function readContent(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new S3Error(400, 'EntityTooLarge', `objects here may have ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  const sent = Buffer.concat(chunks);
  const { headers } = request;
  const isChunked = String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-') || /\baws-chunked\b/.test(headers['content-encoding'] ?? '');
  const { body, trailers } = isChunked ? unchunk(sent) : { body: sent, trailers: {} };
  const length = headers['x-amz-decoded-content-length'];
  if (isChunked && length !== undefined && Number(length) !== body.length) throw new S3Error(400, 'IncompleteBody', `${body.length} bytes came, ${String(length)} were announced`);
  check(body, { ...headers, ...trailers });
  return body;
}

/** `<size in hexadecimal>[;chunk-signature=...]\r\n<bytes>\r\n` for each chunk, one of size 0 at the end, then trailing headers. */
function unchunk(sent: Buffer): { body: Buffer; trailers: Record<string, string> } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = sent.indexOf('\r\n', at);
    const size = lineEnd === -1 ? NaN : Number.parseInt(sent.toString('latin1', at, lineEnd), 16);
    if (!(size >= 0) || lineEnd + 2 + size > sent.length) throw new S3Error(400, 'IncompleteBody', 'a chunk is cut short');
    at = lineEnd + 2;
    if (size === 0) break;
    parts.push(sent.subarray(at, at + size));
    at += size + 2;
  }
  const lines = sent.toString('latin1', at).split('\r\n').filter((line) => line.includes(':'));
  const trailers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { body: Buffer.concat(parts), trailers };
}

function check(body: Buffer, given: Record<string, string | string[] | undefined>): void {
  const expect = (header: string, encoding: 'base64' | 'hex', digest: () => Buffer) => {
    const value = given[header];
    if (typeof value === 'string' && digest().toString(encoding) !== value) throw new S3Error(400, 'BadDigest', `${header} ${value} does not fit the ${body.length} bytes that came`);
  };
  const hash = (name: string) => () => createHash(name).update(body).digest();
  expect('content-md5', 'base64', hash('md5'));
  expect('x-amz-checksum-sha256', 'base64', hash('sha256'));
  expect('x-amz-checksum-sha1', 'base64', hash('sha1'));
  expect('x-amz-checksum-crc32', 'base64', () => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes;
  });
  if (/^[0-9a-f]{64}$/.test(String(given['x-amz-content-sha256'] ?? ''))) expect('x-amz-content-sha256', 'hex', hash('sha256'));
}
