import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeServer } from '../../../local/stack/emulators.ts';
import { listenForData } from '../../../local/stack/http-server.ts';
import { createS3Server } from '../../../local/storage/s3/server.ts';
import { openObjectStore } from '../../../local/storage/s3/store.ts';

const folder = mkdtempSync(join(tmpdir(), 's3-'));
const server = createS3Server(openObjectStore(join(folder, 's3')));
const Bucket = 'things';
let url: string;
let s3: S3Client;

beforeAll(async () => {
  url = await listenForData(server);
  s3 = new S3Client({ endpoint: url, region: 'eu-west-1', forcePathStyle: true, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  s3.destroy();
  await closeServer(server);
  rmSync(folder, { recursive: true });
});

const put = (Key: string, Body: string | Uint8Array = Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const read = async (Key: string) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();

/** Keys that become paths, folders or markup when a store is careless; S3 keeps each as it is. */
const hostileKeys = ['../../escape', 'a/../b', './a', 'a//b', '/a', 'a/', 'a', 'a/b', 'a%2Fb', 'a%o', 'a%m', 'C:\\x', 'q?x=1&y=2', 'a b+c', '<&>"\'', 'é/\u{1f4da}', 'nul\u0001', '.', '..', '__proto__'];

describe('the local S3, asked by the client of AWS', () => {
  // Under a time scale, functions sign by a clock that is far ahead; no call may fail for that.
  it.each([400, -400])('takes a request whose time is %d days off', async (days) => {
    const skewed = new S3Client({ endpoint: url, region: 'eu-west-1', forcePathStyle: true, maxAttempts: 1, systemClockOffset: days * 86_400_000, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
    try {
      await skewed.send(new PutObjectCommand({ Bucket, Key: 'skewed', Body: 'report' }));
      expect(await (await skewed.send(new GetObjectCommand({ Bucket, Key: 'skewed' }))).Body!.transformToString()).toBe('report');
    } finally {
      skewed.destroy();
      await s3.send(new DeleteObjectCommand({ Bucket, Key: 'skewed' }));
    }
  });

  it('gives back what was put, with what was said of it', async () => {
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'one.json', Body: '{"a":1}', ContentType: 'application/json', Metadata: { maker: 'ada' } }));
    expect(ETag).toBe('"bb6cb5c68df4652941caf652a366f2d8"');
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'one.json' }));
    expect(got).toMatchObject({ ContentType: 'application/json', Metadata: { maker: 'ada' }, ContentLength: 7, ETag });
    expect(await got.Body!.transformToString()).toBe('{"a":1}');
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'one.json' }))).toMatchObject({ ContentLength: 7, ETag, ContentType: 'application/json' });
    expect(await (await s3.send(new GetObjectCommand({ Bucket, Key: 'one.json', Range: 'bytes=1-3' }))).Body!.transformToString()).toBe('"a"');
  });

  it('takes streams, which the client sends in chunks with a checksum at the end', async () => {
    const text = 'line\n'.repeat(40_000);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'stream', Body: Readable.from([Buffer.from(text)]), ContentLength: text.length }));
    expect(await read('stream')).toBe(text);
  });

  it('names what is missing as S3 does', async () => {
    const name = (call: Promise<unknown>) => call.then(() => 'none', (error: Error) => error.name);
    expect(await name(read('nothing'))).toBe('NoSuchKey');
    expect(await name(s3.send(new HeadObjectCommand({ Bucket, Key: 'nothing' })))).toBe('NotFound');
    expect(await name(s3.send(new GetObjectCommand({ Bucket: 'no-bucket', Key: 'x' })))).toBe('NoSuchBucket');
    expect(await name(s3.send(new HeadBucketCommand({ Bucket: 'no-bucket' })))).toBe('NotFound');
    expect(await name(s3.send(new DeleteObjectCommand({ Bucket, Key: 'nothing' })))).toBe('none');
    expect(await name(s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'one.json', Tagging: { TagSet: [] } })))).toBe('NotImplemented');
  });

  it('writes on condition', async () => {
    await put('once', 'first');
    const status = (call: Promise<unknown>) => call.then(() => 200, (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode);
    expect(await status(s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: 'second', IfNoneMatch: '*' })))).toBe(412);
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'once' }));
    expect(await status(s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: 'second', IfMatch: ETag })))).toBe(200);
    expect(await status(s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: 'third', IfMatch: ETag })))).toBe(412);
    expect(await read('once')).toBe('second');
  });

  it('refuses what arrived damaged, and what nobody signed', async () => {
    const send = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const call = request(`${url}/${Bucket}/damaged`, { method: 'PUT', headers }, (answer) => resolve(answer.resume().statusCode));
        call.once('error', reject).end('body');
      });
    expect(await send({ authorization: 'AWS4-HMAC-SHA256 x', 'x-amz-checksum-crc32': 'AAAAAA==' })).toBe(400);
    expect(await send({ authorization: 'AWS4-HMAC-SHA256 x', 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' })).toBe(400);
    expect(await send({})).toBe(403);
    expect(await send({ authorization: 'AWS4-HMAC-SHA256 x' })).toBe(200);
  });

  it('lists in pages, by prefix and by folder, in the order of bytes', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'many' }));
    const keys = [...Array.from({ length: 25 }, (_, index) => `logs/2026/${String(index).padStart(2, '0')}.gz`), 'logs/a', 'z', 'Z', '\u{1f4da}', '\uff5e'];
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: 'many', Key, Body: 'x' }));
    const found: (string | undefined)[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3, pageSize: 7 }, { Bucket: 'many' })) found.push(...Contents.map(({ Key }) => Key));
    expect(found).toEqual(keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const { CommonPrefixes, Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'many', Prefix: 'logs/', Delimiter: '/' }));
    expect([CommonPrefixes?.map(({ Prefix }) => Prefix), Contents?.map(({ Key }) => Key)]).toEqual([['logs/2026/'], ['logs/a']]);
    expect((await s3.send(new ListObjectsV2Command({ Bucket: 'many', Prefix: 'logs/2026/2', StartAfter: 'logs/2026/22.gz' }))).Contents?.length).toBe(2);
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'many', Prefix: 'logs/a' }));
    expect(Versions).toMatchObject([{ Key: 'logs/a', VersionId: 'null', IsLatest: true }]);
    expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toContain('many');
  });

  it('copies and deletes, one or many', async () => {
    await put('from/ä b', 'text');
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: ['things', 'from', 'ä b'].map(encodeURIComponent).join('/') }));
    expect(await read('to')).toBe('text');
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'to' }, { Key: 'from/ä b' }, { Key: '<&>' }] } }));
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'from/' }))).KeyCount).toBe(0);
  });

  it('[D4] keeps every key apart, and inside its bucket', async () => {
    for (const key of hostileKeys) await put(key);
    for (const key of hostileKeys) expect(await read(key)).toBe(key);
    expect(readdirSync(folder)).toEqual(['s3']);
    for (const key of hostileKeys) await s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
    expect(((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).filter(({ Key }) => hostileKeys.includes(Key!))).toEqual([]);
  });
});

describe('the store', () => {
  const at = mkdtempSync(join(tmpdir(), 'store-'));
  afterAll(() => rmSync(at, { recursive: true }));

  it('gives back any keys that it was given, whatever they hold', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'B', '/', '.', '%', 'o', 'm', 'e', ' ', 'ä', '\u{1f4da}', '\\', ':', '*'), minLength: 1, maxLength: 24 });
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 8 }), fc.nat(), (keys, name) => {
        const store = openObjectStore(join(at, String(name)));
        store.createBucket('b1');
        store.keys('b1', '').forEach((old) => store.remove('b1', old));
        for (const one of keys) store.put('b1', one, Buffer.from(one), {});
        expect(store.keys('b1', '')).toEqual(keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
        for (const one of keys) expect(store.get('b1', one).body.toString()).toBe(one);
        const [prefix = ''] = keys;
        expect(store.keys('b1', prefix)).toEqual(store.keys('b1', '').filter((one) => one.startsWith(prefix)));
      }),
      { numRuns: 40 },
    );
  });

  it('has the size and ETag of the bytes that are there, when a kill left other metadata', () => {
    const store = openObjectStore(join(at, 'killed'));
    store.createBucket('b1');
    store.put('b1', 'k', Buffer.from('old'), { contentType: 'text/plain' });
    writeFileSync(join(at, 'killed', 'b1', 'k%o'), 'newer');
    expect(store.head('b1', 'k')).toMatchObject({ bytes: 5, etag: '0c10f4a0c12ba89211235026b861263d' });
  });

  it('leaves files to their owner alone', () => {
    const store = openObjectStore(join(at, 'own'));
    store.createBucket('b1');
    store.put('b1', 'x/y', Buffer.from('1'), {});
    expect(['own', 'own/b1', 'own/b1/x', 'own/b1/x/y%o', 'own/b1/x/y%m'].map((path) => statSync(join(at, path)).mode & 0o077)).toEqual([0, 0, 0, 0, 0]);
    expect(readFileSync(join(at, 'own/b1/x/y%o'), 'utf8')).toBe('1');
    mkdirSync(join(at, 'own', 'b1', 'not-an-object'));
    expect(store.keys('b1', '')).toEqual(['x/y']);
  });
});
