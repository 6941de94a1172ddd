import type { Found } from './find.ts';
import { keysOf, partArchive, partLetter, readObject, type Parted } from './objects.ts';
import { readTables } from './records.ts';
import type { PersonTarget } from './target.ts';
import type { Marks } from './marks.ts';

export interface PersonExport extends Found {
  profiles: unknown[];
  sends: unknown[];
  control: unknown[];
  archive: unknown[];
  deadLetters: unknown[];
}

export type OnProgress = (step: string, count: number) => void;

/** Everything that is known of a person, as it is stored. Reads only, so it can be run again at any time. */
export async function exportPerson(target: PersonTarget, { keys, addresses }: Found, onProgress: OnProgress): Promise<PersonExport> {
  const { records, marks } = await readTables(target, { keys, addresses, sendIds: [], executionNames: [] });
  const archive = await collect(target, target.archiveBucket, partArchive, marks, (count) => onProgress('archive', count));
  const deadLetters = await collect(target, target.deadLetterBucket, (_, bytes, of) => partLetter(bytes, of), marks, (count) => onProgress('dead letters', count));
  return { keys, addresses, ...records, archive, deadLetters };
}

async function collect(
  { s3 }: PersonTarget,
  bucket: string,
  part: (key: string, bytes: Buffer, marks: Marks) => Parted,
  marks: Marks,
  onObject: (count: number) => void,
): Promise<unknown[]> {
  const found: unknown[] = [];
  let count = 0;
  for await (const key of keysOf(s3, bucket, undefined)) {
    const bytes = await readObject(s3, bucket, key);
    if (bytes !== undefined) found.push(...part(key, bytes, marks).found);
    onObject((count += 1));
  }
  return found;
}
