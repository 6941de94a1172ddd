import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DeleteObjectCommand, GetObjectCommand, ListObjectVersionsCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createBacklog } from '../../lambdas/adapters/profiles/backlog.ts';
import { erasePerson } from '../../tools/person/erase.ts';
import { exportPerson } from '../../tools/person/export.ts';
import { notesBeside } from '../../tools/person/partial-export.ts';
import type { PersonTarget } from '../../tools/person/target.ts';
import { memoryDocuments } from '../support/memory-dynamo.ts';

interface Version {
  id: string;
  /** Nothing in the mark of a deletion. */
  body?: Buffer;
}

/** S3 as its documentation describes a bucket with versions: a write adds one, a deletion without a version adds a mark. Pages of listings are small. */
class VersionedS3 {
  readonly objects = new Map<string, Version[]>();
  readonly read: string[] = [];
  /** Called before each reading. */
  onRead: (key: string) => void = () => undefined;
  #count = 0;

  put(key: string, body?: Buffer): void {
    this.objects.set(key, [{ id: `v${(this.#count += 1)}`, ...(body && { body }) }, ...(this.objects.get(key) ?? [])]);
  }

  get bytes(): string {
    return [...this.objects.values()].flat().map(({ body }) => (body ? gunzipSync(body).toString() : '')).join('\n');
  }

  client(): S3Client {
    return Object.assign(Object.create(S3Client.prototype) as S3Client, { send: async (command: object) => this.#handle(command) });
  }

  #handle(command: object): object {
    const keys = [...this.objects.keys()].filter((key) => this.objects.get(key)?.length).sort();
    if (command instanceof ListObjectsV2Command) {
      const { Prefix = '', StartAfter = '', ContinuationToken = StartAfter } = command.input;
      const live = keys.filter((key) => key.startsWith(Prefix) && key > ContinuationToken && this.objects.get(key)?.[0]?.body);
      const page = live.slice(0, 2);
      return { Contents: page.map((Key) => ({ Key })), IsTruncated: live.length > 2, ...(live.length > 2 && { NextContinuationToken: page.at(-1) }) };
    }
    if (command instanceof ListObjectVersionsCommand) {
      const { Prefix = '', KeyMarker = '', VersionIdMarker } = command.input;
      const all = keys.filter((key) => key.startsWith(Prefix)).flatMap((key) => (this.objects.get(key) ?? []).map((version, place) => ({ Key: key, VersionId: version.id, IsLatest: place === 0, body: version.body })));
      const start = KeyMarker === '' ? 0 : all.findIndex(({ Key, VersionId }) => Key > KeyMarker || (Key === KeyMarker && VersionId === VersionIdMarker)) + (VersionIdMarker === undefined ? 0 : 1);
      const page = all.slice(start, start + 2);
      const isTruncated = start + 2 < all.length;
      return {
        Versions: page.filter(({ body }) => body),
        DeleteMarkers: page.filter(({ body }) => !body),
        IsTruncated: isTruncated,
        ...(isTruncated && { NextKeyMarker: page.at(-1)?.Key, NextVersionIdMarker: page.at(-1)?.VersionId }),
      };
    }
    if (command instanceof GetObjectCommand) {
      const { Key = '', VersionId } = command.input;
      this.onRead(Key);
      const found = (this.objects.get(Key) ?? []).find(({ id }, place) => (VersionId === undefined ? place === 0 : id === VersionId));
      if (found?.body === undefined) throw new NoSuchKey({ message: Key, $metadata: {} });
      this.read.push(Key);
      const { body } = found;
      return { Body: { transformToByteArray: async () => body } };
    }
    if (command instanceof PutObjectCommand) {
      this.put(command.input.Key as string, Buffer.from(command.input.Body as Uint8Array));
      return {};
    }
    if (command instanceof DeleteObjectCommand) {
      const { Key = '', VersionId } = command.input;
      if (VersionId === undefined) this.put(Key);
      else this.objects.set(Key, (this.objects.get(Key) ?? []).filter(({ id }) => id !== VersionId));
      return {};
    }
    throw new Error(command.constructor.name);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'person-objects-'));
afterAll(() => rmSync(folder, { recursive: true }));
let archive: VersionedS3;
let target: PersonTarget;

const line = (userId: string, more = '') => JSON.stringify({ v: 1, type: 'track', event: { userId, properties: { more } } });
const packed = (...lines: string[]) => gzipSync(`${lines.join('\n')}\n`, { level: 0 });

beforeEach(() => {
  archive = new VersionedS3();
  const s3 = archive.client();
  target = {
    documents: memoryDocuments(),
    kinesis: {} as PersonTarget['kinesis'],
    s3,
    streamName: 'events',
    profilesTable: 'profiles',
    controlTable: 'control',
    sendsTable: 'sends',
    archiveBucket: 'archive',
    deadLetterBucket: 'archive',
    nowMs: 0,
    workflows: { stop: async () => undefined },
    who: 'test',
    close: () => undefined,
  };
});

/** Versions with ana: of an object that has her still, and of some that have not. Her lines in objects of today are two. */
function putVersions(): void {
  archive.put('events/1.gz', packed(line('ana'), line('ben')));
  archive.put('events/1.gz', packed(line('ana'), line('ben'), line('carl')));
  archive.put('events/1.gz.bak', packed(line('ben', 'kept')));
  archive.put('events/2.gz', packed(line('ana')));
  // From before the bucket kept versions.
  archive.objects.set('events/0.gz', [{ id: 'v0', body: packed(line('gina')) }, { id: 'null', body: packed(line('ana')) }]);
  // Deleted by the rule for old objects, and overwritten by mistake.
  archive.put('events/3.gz', packed(line('ana'), line('dora')));
  archive.put('events/3.gz');
  archive.put('events/4.gz', packed(line('ana')));
  archive.put('events/4.gz', packed(line('erik')));
  archive.put('events/5.gz', packed(line('fred')));
  archive.put('events/5.gz', packed(line('fred', 'again')));
}

describe('a bucket with versions', () => {
  test('[P1] is exported whole, with the versions that an erasure would delete', async () => {
    putVersions();
    const before = archive.bytes;
    const { archive: current, olderVersions } = await exportPerson({ ...target, deadLetterBucket: 'letters' }, { keys: ['u#ana'], addresses: [] }, () => undefined);
    expect(current).toHaveLength(2);
    const found = [JSON.parse(line('ana')) as unknown];
    const version = (key: string, place: number) => ({ bucket: 'archive', key, versionId: archive.objects.get(key)?.[place]?.id, found });
    expect(olderVersions.filter(({ bucket }) => bucket === 'archive')).toEqual([version('events/0.gz', 1), version('events/1.gz', 1), version('events/3.gz', 1), version('events/4.gz', 1)]);
    expect(archive.bytes).toBe(before);
    await erasePerson(target, 'ana', () => undefined);
    const after = await exportPerson(target, { keys: ['u#ana'], addresses: [] }, () => undefined);
    expect([after.archive, after.olderVersions]).toEqual([[], []]);
  });

  test('[P2] keeps no version with an erased person, and every version without', async () => {
    putVersions();
    expect(archive.bytes).toContain('"ana"');

    // Four that were there, and the two that held her until now.
    expect((await erasePerson(target, 'ana', () => undefined)).counts).toMatchObject({ 'archived events': 2, 'older versions of objects': 6 });
    expect(archive.bytes).not.toContain('"ana"');
    expect(archive.objects.get('events/1.gz')).toHaveLength(1);
    expect(archive.objects.get('events/5.gz')).toHaveLength(2);
    for (const name of ['"ben"', '"carl"', 'kept', '"erik"', '"fred"', 'again']) expect(archive.bytes).toContain(name);
  });
});

test('[P4] an erasure stops the workflows that run, and those that were about to start', async () => {
  const stopped: string[] = [];
  const put = (ver: number, run: object, out: object[]) => target.documents.send(new PutCommand({ TableName: 'profiles', Item: { userKey: 'u#ana', part: 'profile', ver, run, out } }));
  const running = (executionName: string) => ({ [executionName]: { campaign: 'welcome', executionName } });
  await put(1, running('w1'), [{ kind: 'start', campaign: 'cart', executionName: 'w2' }]);
  // Just before the profile goes, another workflow starts.
  const stop = async ({ executionName }: { executionName: string }) => {
    if (stopped.length === 0) await put(2, { ...running('w1'), ...running('w3') }, []);
    stopped.push(executionName);
  };
  await erasePerson({ ...target, workflows: { stop } }, 'ana', () => undefined);
  expect([...new Set(stopped)].sort()).toEqual(['w1', 'w2', 'w3']);
  const { Items } = await target.documents.send(new ScanCommand({ TableName: 'profiles', FilterExpression: 'userKey = :key', ExpressionAttributeValues: { ':key': 'u#ana' } }));
  expect(Items).toEqual([]);
});

test('[P5] an erasure is on record: who, when and how much, under a hash that names nobody', async () => {
  archive.put('events/1.gz', packed(line('ana')));
  const { hash, counts } = await erasePerson({ ...target, who: 'arn:aws:iam::1:user/olga' }, 'ana', () => undefined);
  const { Items = [] } = await target.documents.send(new ScanCommand({ TableName: 'control' }));
  expect(Items).toEqual([{ kind: 'audit', id: expect.stringMatching(/^\d{4}-.*#erase#/), action: 'erase', who: 'arn:aws:iam::1:user/olga', at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), hash, counts }]);
  expect([hash, counts['archived events']]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), 1]);
  const { Items: profiles = [] } = await target.documents.send(new ScanCommand({ TableName: 'profiles' }));
  expect(JSON.stringify([Items, profiles])).not.toMatch(/\bana\b/);
});

describe('[P2] erasing a person once more', () => {
  const device = (id: string) => JSON.stringify({ v: 1, type: 'track', event: { anonymousId: id, event: 'page_viewed' } });
  const eraseFirst = async () => {
    await target.documents.send(new PutCommand({ TableName: 'profiles', Item: { userKey: 'a#d1', part: 'profile', ver: 1, into: 'u#ana' } }));
    await target.documents.send(new PutCommand({ TableName: 'profiles', Item: { userKey: 'u#ana', part: 'content', traits: { email: { value: 'Ana@reader.example', atMs: 1 } } } }));
    await erasePerson(target, 'ana', () => undefined);
  };
  const itemsOf = async (TableName: string) => (await target.documents.send(new ScanCommand({ TableName }))).Items ?? [];

  test.each(['ana', 'd1', 'ana@Reader.example'])('by %s takes what came into the archive late, by any of their ids', async (subject) => {
    await eraseFirst();
    archive.put('events/late.gz', packed(device('d1'), line('ana'), line('ben')));
    expect((await erasePerson(target, subject, () => undefined)).counts).toMatchObject({ 'archived events': 2 });
    expect(archive.bytes).toContain('ben');
    expect(archive.bytes).not.toMatch(/"d1"|"ana"/);
  });

  test('is possible without a word of them in the tables, and only for some days', async () => {
    await eraseFirst();
    const left = await itemsOf('profiles');
    expect(JSON.stringify([left, await itemsOf('control')])).not.toMatch(/\bana\b|\bd1\b/i);
    const marks = left.filter(({ part }) => part === 'marks');
    expect(marks).toEqual(Array.from({ length: 3 }, () => ({ userKey: expect.stringMatching(/^erased#[0-9a-f]{64}$/), part: 'marks', sealed: expect.any(String), expiresAtS: 3 * 86_400 })));
    archive.put('events/late.gz', packed(device('d1')));
    // Whoever has another id finds nothing.
    expect((await erasePerson(target, 'ben', () => undefined)).counts['archived events'] ?? 0).toBe(0);
  });
});

test('[P2] an erasure takes the waits of workflows that have ended, of which only a record tells', async () => {
  await target.documents.send(new PutCommand({ TableName: 'profiles', Item: { userKey: 'u#ana', part: 'workflow#1#welcome-1', campaign: 'welcome', executionName: 'welcome-1', entryAtMs: 1 } }));
  for (const name of ['welcome-1', 'welcome-12']) await target.documents.send(new PutCommand({ TableName: 'control', Item: { kind: 'wait', id: `${name}#first_look`, happenedAtMs: 1 } }));
  await erasePerson(target, 'ana', () => undefined);
  const { Items = [] } = await target.documents.send(new ScanCommand({ TableName: 'control' }));
  expect(Items.map(({ id }) => String(id)).filter((id) => id.startsWith('welcome'))).toEqual(['welcome-12#first_look']);
});

test('[P2] an erasure takes the events along that wait because the person could not be written', async () => {
  const backlog = createBacklog(target.documents, 'profiles');
  const record = (sequenceNumber: string) => ({ sequenceNumber, partitionKey: 'k', data: Buffer.from(line('x')).toString('base64') });
  for (const key of ['u#ana', 'u#ben']) await backlog.add(key, [record('1'), record('2')], 0);
  await erasePerson(target, 'ana', () => undefined);
  expect([await backlog.first('u#ana', 9), (await backlog.first('u#ben', 9)).length, (await backlog.people()).map(({ userKey }) => userKey)]).toEqual([[], 2, ['u#ben']]);
});

describe('an export to a file', () => {
  test('goes on where a killed one stopped, and leaves no notes', async () => {
    for (let index = 0; index < 120; index += 1) archive.put(`events/${String(index).padStart(3, '0')}.gz`, packed(line('ana', `number ${index}`), line('ben')));
    const out = join(folder, 'ana.json');
    const found = { keys: ['u#ana'], addresses: [] };
    archive.onRead = (key) => {
      if (key === 'events/107.gz') throw new Error('killed');
    };
    await expect(exportPerson(target, found, () => undefined, notesBeside(out, 'ana'))).rejects.toThrow('killed');
    expect(statSync(`${out}.partial`).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${out}.partial`, 'utf8')).toContain('number 99');

    archive.onRead = () => undefined;
    archive.read.length = 0;
    const notes = notesBeside(out, 'ana');
    const all = await exportPerson({ ...target, deadLetterBucket: 'archive' }, found, () => undefined, notes);
    expect(archive.read[0]).toBe('events/100.gz');
    expect(all.archive).toEqual(Array.from({ length: 120 }, (_, index) => JSON.parse(line('ana', `number ${index}`)) as unknown));
    notes.done();
    expect(notesBeside(out, 'ana').before).toBeUndefined();
  });

  test('does not go on with the notes of somebody else', async () => {
    const out = join(folder, 'other.json');
    notesBeside(out, 'ben').save({ keys: ['u#ben'], addresses: [], archive: ['of ben'], deadLetters: [] });
    expect(notesBeside(out, 'ana').before).toBeUndefined();
    archive.put('events/1.gz', packed(line('ana')));
    expect((await exportPerson(target, { keys: ['u#ana'], addresses: [] }, () => undefined, notesBeside(out, 'ben'))).archive).toHaveLength(1);
  });
});
