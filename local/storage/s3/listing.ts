import { S3Error } from './errors.ts';
import type { ObjectStore } from './store.ts';
import { element, xml } from './xml.ts';

const mostKeys = 1000;

/**
 * ListObjectsV2: a page of keys, or of the folders that a delimiter makes of them.
 * @returns XML @throws S3Error InvalidArgument, NoSuchBucket
 */
export function listObjects(store: ObjectStore, bucket: string, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const wanted = Number(query.get('max-keys') ?? mostKeys);
  if (!Number.isInteger(wanted) || wanted < 0) throw new S3Error(400, 'InvalidArgument', `max-keys ${JSON.stringify(query.get('max-keys'))}: must be a whole number from 0 to ${mostKeys}`);
  const encode = query.get('encoding-type') === 'url' ? (key: string) => encodeURIComponent(key).replaceAll('%2F', '/') : (key: string) => key;
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const all = entriesOf(store.keys(bucket, prefix), prefix, delimiter).filter(({ name }) => after === '' || isAfter(name, after));
  const page = all.slice(0, Math.min(wanted, mostKeys));
  const last = page.at(-1);
  const isTruncated = page.length < all.length && last !== undefined;
  return xml(
    'ListBucketResult',
    element('Name', bucket),
    element('Prefix', encode(prefix)),
    element('KeyCount', page.length),
    element('MaxKeys', wanted),
    ...(delimiter === '' ? [] : [element('Delimiter', encode(delimiter))]),
    element('IsTruncated', isTruncated),
    ...(isTruncated ? [element('NextContinuationToken', Buffer.from(last.name).toString('base64url'))] : []),
    ...page.map(({ name, isFolder }) => (isFolder ? element('CommonPrefixes', [element('Prefix', encode(name))]) : contents(store, bucket, name, encode(name)))),
  );
}

/** ListObjectVersions of buckets without versions: each object is its only version, called `null`. */
export function listVersions(store: ObjectStore, bucket: string, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const marker = query.get('key-marker') ?? '';
  const all = store.keys(bucket, prefix).filter((key) => marker === '' || isAfter(key, marker));
  const page = all.slice(0, mostKeys);
  const isTruncated = page.length < all.length;
  return xml(
    'ListVersionsResult',
    element('Name', bucket),
    element('Prefix', prefix),
    element('IsTruncated', isTruncated),
    ...(isTruncated ? [element('NextKeyMarker', page.at(-1) as string), element('NextVersionIdMarker', 'null')] : []),
    ...page.map((key) => {
      const { bytes, etag, modifiedAtMs } = store.head(bucket, key);
      return element('Version', [element('Key', key), element('VersionId', 'null'), element('IsLatest', true), element('LastModified', new Date(modifiedAtMs).toISOString()), element('ETag', `"${etag}"`), element('Size', bytes)]);
    }),
  );
}

function contents(store: ObjectStore, bucket: string, key: string, shown: string): string {
  const { bytes, etag, modifiedAtMs } = store.head(bucket, key);
  return element('Contents', [
    element('Key', shown),
    element('LastModified', new Date(modifiedAtMs).toISOString()),
    element('ETag', `"${etag}"`),
    element('Size', bytes),
    element('StorageClass', 'STANDARD'),
  ]);
}

function entriesOf(keys: readonly string[], prefix: string, delimiter: string): { name: string; isFolder: boolean }[] {
  if (delimiter === '') return keys.map((name) => ({ name, isFolder: false }));
  const entries = new Map<string, boolean>();
  for (const key of keys) {
    const end = key.indexOf(delimiter, prefix.length);
    entries.set(end === -1 ? key : key.slice(0, end + delimiter.length), end !== -1);
  }
  return [...entries].map(([name, isFolder]) => ({ name, isFolder }));
}

const isAfter = (key: string, mark: string): boolean => Buffer.compare(Buffer.from(key), Buffer.from(mark)) > 0;
