import { isDeepStrictEqual } from 'node:util';
import type { Found } from './find.ts';
import { keysOf, oldVersionsOf, partArchive, partLetter, readObject, type Parted } from './objects.ts';
import { noNotes, type ExportNotes, type PartialExport } from './partial-export.ts';
import { readTables } from './records.ts';
import type { PersonTarget } from './target.ts';

export interface PersonExport extends Found {
  profiles: unknown[];
  sends: unknown[];
  control: unknown[];
  archive: unknown[];
  deadLetters: unknown[];
  /** What older versions of objects hold, in buckets that keep those: overwritten or deleted objects, until they go after their time. */
  olderVersions: OldVersion[];
}

export interface OldVersion {
  bucket: string;
  key: string;
  versionId: string;
  found: unknown[];
}

export type OnProgress = (step: string, count: number) => void;

/** How many objects are read between two notes of how far it is. */
const objectsPerNote = 50;

/** Everything that is known of a person, as it is stored. Reads only; what a killed run had read of the buckets need not be read again. */
export async function exportPerson(target: PersonTarget, { keys, addresses }: Found, onProgress: OnProgress, notes: ExportNotes = noNotes): Promise<PersonExport> {
  const { records, marks } = await readTables(target, { keys, addresses, sendIds: [], executionNames: [] });
  const isSame = isDeepStrictEqual([notes.before?.keys, notes.before?.addresses], [keys, addresses]);
  let partial: PartialExport = isSame && notes.before ? notes.before : { keys, addresses, archive: [], deadLetters: [] };
  const note = (change: Partial<PartialExport>) => notes.save((partial = { ...partial, ...change }));

  await collect(target, target.archiveBucket, partial.archiveKey, (key, bytes) => partArchive(key, bytes, marks), (archiveKey, found, count) => {
    note({ archiveKey, archive: [...partial.archive, ...found] });
    onProgress('archive', count);
  });
  await collect(target, target.deadLetterBucket, partial.letterKey, (_, bytes) => partLetter(bytes, marks), (letterKey, found, count) => {
    note({ letterKey, deadLetters: [...partial.deadLetters, ...found] });
    onProgress('dead letters', count);
  });
  const olderVersions = [
    ...(await collectVersions(target, target.archiveBucket, (key, bytes) => partArchive(key, bytes, marks), onProgress)),
    ...(await collectVersions(target, target.deadLetterBucket, (_, bytes) => partLetter(bytes, marks), onProgress)),
  ];
  return { keys, addresses, ...records, archive: partial.archive, deadLetters: partial.deadLetters, olderVersions };
}

/** Those that an erasure would delete. They are few: only erasures and mistakes write an object anew. */
async function collectVersions({ s3 }: PersonTarget, bucket: string, part: (key: string, bytes: Buffer) => Parted, onProgress: OnProgress): Promise<OldVersion[]> {
  const versions: OldVersion[] = [];
  let count = 0;
  for await (const { key, id, bytes } of oldVersionsOf(s3, bucket)) {
    const { found } = part(key, bytes);
    if (found.length > 0) versions.push({ bucket, key, versionId: id, found });
    onProgress('older versions', (count += 1));
  }
  return versions;
}

async function collect({ s3 }: PersonTarget, bucket: string, behind: string | undefined, part: (key: string, bytes: Buffer) => Parted, onDone: (key: string, found: unknown[], objects: number) => void): Promise<void> {
  let found: unknown[] = [];
  let [count, last] = [0, behind];
  for await (const key of keysOf(s3, bucket, behind)) {
    const bytes = await readObject(s3, bucket, key);
    if (bytes !== undefined) found.push(...part(key, bytes).found);
    [count, last] = [count + 1, key];
    if (count % objectsPerNote === 0) {
      onDone(key, found, count);
      found = [];
    }
  }
  if (last !== undefined) onDone(last, found, count);
}
