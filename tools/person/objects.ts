import { gunzipSync, gzipSync } from 'node:zlib';
import { DeleteObjectCommand, GetObjectCommand, ListObjectVersionsCommand, PutObjectCommand, paginateListObjectsV2, type ListObjectVersionsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { isPartitionOf, isRecordOf, type Marks } from './marks.ts';

/** What of an object is the person's, and what is left without it; nothing when it was all theirs. */
export interface Parted {
  found: unknown[];
  rest: Buffer | undefined;
}

/** Keys of a bucket in their order, behind one that is done. */
export async function* keysOf(client: S3Client, bucket: string, behind: string | undefined): AsyncIterable<string> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, ...(behind !== undefined && { StartAfter: behind }) }))
    for (const { Key } of Contents) if (Key !== undefined && !(behind !== undefined && Key <= behind)) yield Key;
}

/** @returns undefined when the object is gone */
export async function readObject(client: S3Client, bucket: string, key: string, versionId?: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NoSuchVersion')) return undefined;
    throw error;
  }
}

/** Writes what is left. A bucket with versions keeps what is overwritten; see `versionsOf`. */
export async function replaceObject(client: S3Client, bucket: string, key: string, rest: Buffer | undefined): Promise<void> {
  if (rest === undefined) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  else await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: rest }));
}

/** A version of an object in a bucket that keeps those, or the mark of its deletion. */
export interface Version {
  key: string;
  id: string;
  isLatest: boolean;
  isMark: boolean;
}

/** All versions, the latest ones too; in a bucket that keeps none, each object is its own latest. */
export async function* versionsOf(client: S3Client, bucket: string): AsyncIterable<Version> {
  let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (next !== undefined) {
    const page: ListObjectVersionsCommandOutput = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...next }));
    const all = [...(page.Versions ?? []).map((one) => ({ ...one, isMark: false })), ...(page.DeleteMarkers ?? []).map((one) => ({ ...one, isMark: true }))];
    // What was there before a bucket began to keep versions is called `null`.
    for (const { Key: key = '', VersionId: id = 'null', IsLatest: isLatest = false, isMark } of all) yield { key, id, isLatest, isMark };
    const { IsTruncated, NextKeyMarker, NextVersionIdMarker }: ListObjectVersionsCommandOutput = page;
    next = IsTruncated ? { ...(NextKeyMarker !== undefined && { KeyMarker: NextKeyMarker }), ...(NextVersionIdMarker !== undefined && { VersionIdMarker: NextVersionIdMarker }) } : undefined;
  }
}

/** What a bucket with versions keeps of objects that were overwritten or deleted: above, by somebody else, or by the rule for old objects. */
export async function* oldVersionsOf(client: S3Client, bucket: string): AsyncIterable<Version & { bytes: Buffer }> {
  for await (const version of versionsOf(client, bucket)) {
    if (version.isLatest || version.isMark) continue;
    const bytes = await readObject(client, bucket, version.key, version.id);
    if (bytes !== undefined) yield { ...version, bytes };
  }
}

export async function removeVersion(client: S3Client, bucket: string, { key, id }: Version): Promise<void> {
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: id }));
}

/** Parts an object of the archive: records one a line, packed. Archives from before archive-events also hold what Firehose could not deliver, below `errors/`. */
export function partArchive(key: string, bytes: Buffer, marks: Marks): Parted {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const lines = (isPacked ? gunzipSync(bytes) : bytes).toString('utf8').split('\n');
  const found: string[] = [];
  const rest = lines.filter((line) => {
    const isTheirs = line !== '' && isRecordOf(key.startsWith('errors/') ? rawRecord(line) : line, marks);
    if (isTheirs) found.push(line);
    return !isTheirs;
  });
  const text = rest.join('\n');
  return { found: found.map(parsed), rest: text.trim() === '' ? undefined : isPacked ? gzipSync(text) : Buffer.from(text) };
}

function rawRecord(line: string): string {
  const json = parsed(line) as { rawData?: unknown };
  return typeof json?.rawData === 'string' ? Buffer.from(json.rawData, 'base64').toString('utf8') : line;
}

interface Letter {
  partitionKey?: unknown;
  data?: unknown;
}

/** Parts a dead letter: one record, several of one batch, or a batch that Lambda gave up. */
export function partLetter(bytes: Buffer, marks: Marks): Parted {
  const text = bytes.toString('utf8');
  const json = parsed(text);
  const letter = (typeof json === 'object' && json !== null ? json : {}) as Letter & { payload?: unknown; letters?: unknown };
  if (Array.isArray(letter.letters)) {
    const isTheirs = (one: Letter) => isLetterOf(one, marks);
    const [found, left] = [letter.letters.filter(isTheirs), letter.letters.filter((one: Letter) => !isTheirs(one))];
    if (found.length === 0) return { found: [], rest: bytes };
    return { found: found.map((one: Letter) => readable(one, one)), rest: left.length === 0 ? undefined : Buffer.from(JSON.stringify({ ...letter, letters: left })) };
  }
  if (typeof letter.payload !== 'string') {
    const isTheirs = typeof letter.data === 'string' ? isLetterOf(letter, marks) : isRecordOf(text, marks);
    return isTheirs ? { found: [readable(letter, json)], rest: undefined } : { found: [], rest: bytes };
  }
  const event = parsed(letter.payload) as { Records?: { kinesis?: Letter }[] };
  const records = Array.isArray(event?.Records) ? event.Records : [];
  const found = records.filter(({ kinesis }) => kinesis !== undefined && isLetterOf(kinesis, marks));
  if (found.length === 0) return { found: [], rest: bytes };
  const left = records.filter((record) => !found.includes(record));
  const rest = Buffer.from(JSON.stringify({ ...letter, payload: JSON.stringify({ ...event, Records: left }) }));
  return { found: found.map(({ kinesis = {} }) => readable(kinesis, kinesis)), rest: left.length === 0 ? undefined : rest };
}

/** Of a record that nobody can read, the partition key tells whose it is. */
function isLetterOf({ data, partitionKey }: Letter, marks: Marks): boolean {
  const text = Buffer.from(String(data), 'base64').toString('utf8');
  return isRecordOf(text, marks) || (typeof parsed(text) === 'string' && isPartitionOf(String(partitionKey), marks));
}

/** A letter with its record as it can be read. */
const readable = ({ data }: Letter, letter: unknown): unknown =>
  typeof data === 'string' ? { ...(letter as object), record: parsed(Buffer.from(data, 'base64').toString('utf8')) } : letter;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
