import { DeleteObjectCommand, GetObjectCommand, ListObjectVersionsCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Invocation } from './invocation.ts';

interface Version {
  id: string;
  /** When what it holds came into the bucket; who only takes lines out of an object changes nothing of that. */
  sinceMs: number;
  /** Nothing in the mark of a deletion. */
  body?: Buffer;
}

/** A bucket that keeps versions: a write adds one, a deletion without a version adds a mark. Newest first. */
export class Bucket {
  readonly objects = new Map<string, Version[]>();
  /** Told of each new object. */
  onPut: (key: string, body: Buffer) => void = () => undefined;
  private readonly now: () => number;
  private count = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  put(key: string, body: Buffer): void {
    this.add(key, { body });
    this.onPut(key, body);
  }

  /** Writes an object without a part of it. */
  rewrite(key: string, body: Buffer): void {
    this.add(key, { body }, this.objects.get(key)?.find((version) => version.body !== undefined)?.sinceMs);
  }

  /** All versions that hold anything. */
  versions(): { key: string; sinceMs: number; body: Buffer }[] {
    return [...this.objects].flatMap(([key, versions]) => versions.flatMap(({ body, sinceMs }) => (body === undefined ? [] : [{ key, sinceMs, body }])));
  }

  delete(key: string, id: string | undefined): void {
    if (id === undefined) this.add(key, {});
    else this.objects.set(key, (this.objects.get(key) ?? []).filter((version) => version.id !== id));
  }

  keys(): string[] {
    return [...this.objects].filter(([, versions]) => versions.length > 0).map(([key]) => key).sort();
  }

  private add(key: string, version: Pick<Version, 'body'>, sinceMs = this.now()): void {
    this.objects.set(key, [{ id: `v${(this.count += 1)}`, sinceMs, ...version }, ...(this.objects.get(key) ?? [])]);
  }
}

const pageSize = 100;

/** S3 in memory, for the commands that the product and its operator send. */
export class S3 {
  readonly buckets: Readonly<Record<'archive' | 'letters', Bucket>>;

  constructor(now: () => number) {
    this.buckets = { archive: new Bucket(now), letters: new Bucket(now) };
  }

  /** @param by nobody where the operator asks */
  handle(command: object, by?: Invocation): object {
    if (command instanceof PutObjectCommand) {
      const { Bucket: name, Key = '', Body } = command.input;
      const bytes = Buffer.from(Body as string | Uint8Array);
      if (by === undefined) this.bucket(name).rewrite(Key, bytes);
      else this.bucket(name).put(Key, bytes);
      return {};
    }
    if (command instanceof GetObjectCommand) return this.get(command.input);
    if (command instanceof DeleteObjectCommand) {
      const { Bucket: name, Key = '', VersionId } = command.input;
      this.bucket(name).delete(Key, VersionId);
      return {};
    }
    if (command instanceof ListObjectsV2Command) return this.list(command.input);
    if (command instanceof ListObjectVersionsCommand) return this.listVersions(command.input);
    throw new Error(`the simulated S3 does not know ${command.constructor.name}`);
  }

  private bucket(name: string | undefined): Bucket {
    if (name !== 'archive' && name !== 'letters') throw new Error(`there is no bucket ${String(name)}`);
    return this.buckets[name];
  }

  private get({ Bucket: name, Key = '', VersionId }: GetObjectCommand['input']): object {
    const versions = this.bucket(name).objects.get(Key) ?? [];
    const body = (VersionId === undefined ? versions[0] : versions.find(({ id }) => id === VersionId))?.body;
    if (body === undefined) throw new NoSuchKey({ message: Key, $metadata: {} });
    return { Body: { transformToByteArray: async () => body } };
  }

  private list({ Bucket: name, StartAfter = '', ContinuationToken = StartAfter }: ListObjectsV2Command['input']): object {
    const bucket = this.bucket(name);
    const live = bucket.keys().filter((key) => key > ContinuationToken && bucket.objects.get(key)?.[0]?.body !== undefined);
    const page = live.slice(0, pageSize);
    return { Contents: page.map((Key) => ({ Key })), IsTruncated: live.length > pageSize, ...(live.length > pageSize && { NextContinuationToken: page.at(-1) }) };
  }

  private listVersions({ Bucket: name, KeyMarker = '' }: ListObjectVersionsCommand['input']): object {
    const bucket = this.bucket(name);
    const keys = bucket.keys().filter((key) => key > KeyMarker);
    const page = keys.slice(0, pageSize);
    const all = page.flatMap((key) => (bucket.objects.get(key) ?? []).map(({ id, body }, place) => ({ Key: key, VersionId: id, IsLatest: place === 0, body })));
    return {
      Versions: all.filter(({ body }) => body !== undefined),
      DeleteMarkers: all.filter(({ body }) => body === undefined),
      IsTruncated: keys.length > pageSize,
      ...(keys.length > pageSize && { NextKeyMarker: page.at(-1) }),
    };
  }
}
