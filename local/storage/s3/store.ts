import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, statSync, writeFileSync, type Dirent } from 'node:fs';
import { dirname, join } from 'node:path';
import { isObject, readJsonFile, replaceFile } from '../files.ts';
import { S3Error } from './errors.ts';
import { encodePart, metadataPathOf, partOfFile, partOfFolder, pathOf } from './paths.ts';

/** What is said of an object beside its bytes. */
export interface Description {
  contentType?: string;
  contentEncoding?: string;
  /** Headers `x-amz-meta-*`, without that prefix. */
  metadata?: Record<string, string>;
}

export interface ObjectInfo extends Description {
  key: string;
  bytes: number;
  /** MD5 in hexadecimal, without quotes. */
  etag: string;
  modifiedAtMs: number;
}

/** Only writes that meet the condition are made. */
export interface Condition {
  /** The object must not exist. */
  isNew?: boolean;
  /** The object must have this ETag. */
  etag?: string;
}

/** Objects as files, in a folder for each bucket. Every write replaces a file in one step, so a kill leaves the old object or the new one. */
export interface ObjectStore {
  hasBucket(bucket: string): boolean;
  createBucket(bucket: string): void;
  buckets(): string[];
  /** @throws S3Error NoSuchBucket, KeyTooLongError, PreconditionFailed, NoSuchKey */
  put(bucket: string, key: string, body: Buffer, description: Description, condition?: Condition): ObjectInfo;
  /** @throws S3Error NoSuchBucket, NoSuchKey */
  head(bucket: string, key: string): ObjectInfo;
  /** @throws S3Error NoSuchBucket, NoSuchKey */
  get(bucket: string, key: string): { info: ObjectInfo; body: Buffer };
  /** Deleting what is not there is no error, as in S3. @throws S3Error NoSuchBucket */
  remove(bucket: string, key: string): void;
  /** Keys that begin with a text, in the order of their UTF-8 bytes. @throws S3Error NoSuchBucket */
  keys(bucket: string, prefix: string): string[];
}

interface Kept extends Description {
  bytes: number;
  etag: string;
}

const keptKind = {
  isValid: (value: unknown): value is Kept => isObject(value) && typeof value.etag === 'string' && Number.isFinite(value.bytes),
  advice: 'Delete it, and the object stays, without its content type and encoding; or restore it from a copy.',
};

const bucketName = /^[A-Za-z0-9][A-Za-z0-9.-]{1,62}$/;

export function openObjectStore(folder: string): ObjectStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const folderOf = (bucket: string): string => {
    if (!bucketName.test(bucket) || !existsSync(join(folder, bucket))) throw new S3Error(404, 'NoSuchBucket', `bucket ${JSON.stringify(bucket)} does not exist`);
    return join(folder, bucket);
  };
  const fileOf = (bucket: string, key: string): string => {
    const path = pathOf(key);
    if (path === undefined) throw new S3Error(400, 'KeyTooLongError', `key ${JSON.stringify(key)}: here, a part between slashes may have at most 253 bytes when it is percent-encoded`);
    return join(folderOf(bucket), path);
  };
  const head = (bucket: string, key: string): ObjectInfo => {
    const file = fileOf(bucket, key);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) throw new S3Error(404, 'NoSuchKey', `key ${JSON.stringify(key)} does not exist`);
    const kept = readJsonFile(metadataPathOf(file), keptKind);
    // A kill between the two writes leaves the metadata of the object before.
    const { bytes, etag, ...description } = kept?.bytes === found.size ? kept : { bytes: found.size, etag: md5(readFileSync(file)) };
    return { key, bytes, etag, ...description, modifiedAtMs: found.mtimeMs };
  };
  return {
    hasBucket: (bucket) => bucketName.test(bucket) && existsSync(join(folder, bucket)),
    createBucket(bucket) {
      if (!bucketName.test(bucket)) throw new S3Error(400, 'InvalidBucketName', `bucket ${JSON.stringify(bucket)}: must be 2 to 63 letters, digits, dots and hyphens`);
      mkdirSync(join(folder, bucket), { recursive: true, mode: 0o700 });
    },
    buckets: () => readdirSync(folder).filter((name) => bucketName.test(name)).toSorted(),
    put(bucket, key, body, description, condition) {
      const file = fileOf(bucket, key);
      if (condition?.isNew && existsSync(file)) throw new S3Error(412, 'PreconditionFailed', `key ${JSON.stringify(key)} exists already`);
      if (condition?.etag !== undefined && head(bucket, key).etag !== condition.etag) throw new S3Error(412, 'PreconditionFailed', `key ${JSON.stringify(key)} has changed`);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      const next = `${file}.${randomUUID()}`;
      writeFileSync(next, body, { mode: 0o600 });
      renameSync(next, file);
      const kept: Kept = { bytes: body.length, etag: md5(body), ...description };
      replaceFile(metadataPathOf(file), JSON.stringify(kept), 0o600);
      return head(bucket, key);
    },
    head,
    get: (bucket, key) => ({ info: head(bucket, key), body: readFileSync(fileOf(bucket, key)) }),
    remove(bucket, key) {
      const file = fileOf(bucket, key);
      rmSync(file, { force: true });
      rmSync(metadataPathOf(file), { force: true });
      removeEmptyFolders(dirname(file), folderOf(bucket));
    },
    keys(bucket, prefix) {
      const found: string[] = [];
      walk(folderOf(bucket), '', prefix, found);
      return found.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    },
  };
}

/** Adds the keys below a folder whose names can begin with the prefix. */
function walk(folder: string, above: string, prefix: string, found: string[]): void {
  // Where the prefix names the next folder in full, the others need not be read.
  const rest = prefix.startsWith(above) ? prefix.slice(above.length) : '';
  const only = rest.includes('/') ? encodePart(rest.slice(0, rest.indexOf('/'))) : undefined;
  for (const entry of entriesOf(folder)) {
    if (entry.isDirectory()) {
      if (only === undefined || only === entry.name) walk(join(folder, entry.name), `${above}${partOfFolder(entry.name)}/`, prefix, found);
      continue;
    }
    const part = partOfFile(entry.name);
    if (part !== undefined && `${above}${part}`.startsWith(prefix)) found.push(`${above}${part}`);
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    // Deleted while the others were read.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function removeEmptyFolders(folder: string, root: string): void {
  for (let at = folder; at !== root && existsSync(at) && readdirSync(at).length === 0; at = dirname(at)) rmdirSync(at);
}

const md5 = (body: Buffer): string => createHash('md5').update(body).digest('hex');
