import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionFailed } from '../../lambdas/adapters/conditions.ts';
import { createTombstones } from '../../lambdas/adapters/profiles/tombstones.ts';
import { personErased } from '../../lambdas/domain/campaigns/workflow-end.ts';
import type { Run } from '../../lambdas/domain/profile/profile.ts';
import { audit } from './audit.ts';
import type { OnProgress } from './export.ts';
import { findPerson } from './find.ts';
import { keptMarks } from './kept-marks.ts';
import { mergedMarks, normalAddress, type Marks } from './marks.ts';
import { keysOf, oldVersionsOf, partArchive, partLetter, readObject, removeVersion, replaceObject, type Parted } from './objects.ts';
import { readTables } from './records.ts';
import type { PersonTarget } from './target.ts';

/** How far an erasure is. It lies in the table of profiles until it is done, so that a kill loses nothing. */
interface Erasure {
  marks: Marks;
  erasedAtMs: number;
  /** The last object of each bucket that is done with. */
  archiveKey?: string;
  letterKey?: string;
  counts: Record<string, number>;
}

export interface Erased {
  hash: string;
  counts: Record<string, number>;
  /** It went on with an erasure that had stopped. */
  isResumed: boolean;
}

/**
 * Removes a person from tables, archive and dead letters. First of all it is noted that they are erased, so that nothing that comes in meanwhile
 * is kept; then workflows are stopped and profiles deleted; at the end the tables are read once more for what was on its way. Each step can be
 * repeated. By what the person was recognised is kept for some days, unreadable for others, so that erasing them once more takes what came in late.
 */
export async function erasePerson(target: PersonTarget, subject: string, onProgress: OnProgress): Promise<Erased> {
  const { documents, profilesTable, controlTable, sendsTable, archiveBucket, deadLetterBucket, nowMs } = target;
  const tombstones = createTombstones(documents, profilesTable);
  const hash = await tombstones.hashOf(normalAddress(subject));
  const openKey = { userKey: `erased#${hash}`, part: 'erasure' };
  const save = (erasure: Erasure) => documents.send(new PutCommand({ TableName: profilesTable, Item: { ...openKey, erasure } }));

  const stored = (await documents.send(new GetCommand({ TableName: profilesTable, Key: openKey, ConsistentRead: true }))).Item?.erasure as Erasure | undefined;
  const kept = keptMarks(documents, profilesTable, tombstones);
  const find = async (): Promise<Marks> => {
    const found = await findPerson(documents, profilesTable, subject, (count) => onProgress('searching', count));
    return mergedMarks([{ ...found, sendIds: [], executionNames: [] }, ...(await kept.of(subject))]);
  };
  let erasure: Erasure = stored ?? { marks: await find(), erasedAtMs: nowMs, counts: {} };
  const note = async (change: Partial<Erasure>) => {
    erasure = { ...erasure, ...change };
    await save(erasure);
  };
  const count = (what: string, more: number) => ({ ...erasure.counts, [what]: (erasure.counts[what] ?? 0) + more });

  // Names of emails and workflows are found by the profile, so they are noted before it goes.
  await note({ marks: (await readTables(target, erasure.marks)).marks });
  for (const key of erasure.marks.keys) await tombstones.set(key, erasure.erasedAtMs);
  for (const key of erasure.marks.keys) await note({ counts: count('workflows', await stopAndDelete(target, key)) });
  const clearTables = async () => {
    const { records, marks } = await readTables(target, erasure.marks);
    const tables = [
      { what: 'profile items', TableName: profilesTable, items: records.profiles, keyOf: ({ userKey, part }: Item) => ({ userKey, part }) },
      { what: 'emails', TableName: sendsTable, items: records.sends, keyOf: ({ sendId }: Item) => ({ sendId }) },
      { what: 'control items', TableName: controlTable, items: records.control, keyOf: ({ kind, id }: Item) => ({ kind, id }) },
    ];
    await note({ marks });
    for (const { what, TableName, items, keyOf } of tables) {
      for (const item of items) await documents.send(new DeleteCommand({ TableName, Key: keyOf(item) }));
      await note({ counts: count(what, items.length) });
      onProgress(what, items.length);
    }
  };
  await clearTables();
  const olderArchived = await clearBucket(target, archiveBucket, erasure.archiveKey, (key, bytes) => partArchive(key, bytes, erasure.marks), async (archiveKey, found, done) => {
    await note({ archiveKey, counts: count('archived events', found) });
    onProgress('archive', done);
  });
  await note({ counts: count('older versions of objects', olderArchived) });
  const olderLetters = await clearBucket(target, deadLetterBucket, erasure.letterKey, (_, bytes) => partLetter(bytes, erasure.marks), async (letterKey, found, done) => {
    await note({ letterKey, counts: count('dead letters', found) });
    onProgress('dead letters', done);
  });
  await note({ counts: count('older versions of objects', olderLetters) });
  await clearTables();
  await kept.keep(erasure.marks, nowMs);
  await audit(target, { action: 'erase', hash, counts: erasure.counts }, new Date());
  await documents.send(new DeleteCommand({ TableName: profilesTable, Key: openKey }));
  return { hash, counts: erasure.counts, isResumed: stored !== undefined };
}

type Item = Record<string, unknown>;

/**
 * Stops all workflows of a profile and deletes it, both as of one version: a workflow that starts in between is seen in the next attempt.
 * @returns how many were stopped
 */
export async function stopAndDelete({ documents, profilesTable, workflows }: PersonTarget, userKey: string): Promise<number> {
  const stopped = new Set<string>();
  const stop = (campaign: string, executionName: string) => workflows.stop({ kind: 'stop', campaign, executionName, cause: 'the person was erased' }, personErased);
  for (;;) {
    const Key = { userKey, part: 'profile' };
    const { Item: item } = await documents.send(new GetCommand({ TableName: profilesTable, Key, ConsistentRead: true }));
    if (item === undefined) return stopped.size;
    for (const { campaign, executionName } of Object.values((item.run ?? {}) as Record<string, Run>)) {
      await stop(campaign, executionName);
      stopped.add(executionName);
    }
    // What the profile had left to do would start a workflow after it is gone.
    for (const effect of (item.out ?? []) as { kind: string; campaign?: string; executionName?: string }[]) {
      if (effect.kind === 'start' && effect.campaign !== undefined && effect.executionName !== undefined)
        await stop(effect.campaign, effect.executionName);
    }
    try {
      const condition = { ConditionExpression: 'ver = :version', ExpressionAttributeValues: { ':version': item.ver } };
      await documents.send(new DeleteCommand({ TableName: profilesTable, Key, ...condition }));
      return stopped.size;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
    }
  }
}

/** How many objects are read between two notes of how far it is; one that was changed is noted at once. */
const objectsPerNote = 50;

/** @returns how many older versions were removed, those that it has just made among them */
async function clearBucket(
  { s3 }: PersonTarget,
  bucket: string,
  behind: string | undefined,
  part: (key: string, bytes: Buffer) => Parted,
  onDone: (key: string, found: number, objects: number) => Promise<void>,
): Promise<number> {
  let objects = 0;
  for await (const key of keysOf(s3, bucket, behind)) {
    const bytes = await readObject(s3, bucket, key);
    const { found, rest } = bytes === undefined ? { found: [], rest: undefined } : part(key, bytes);
    if (found.length > 0) await replaceObject(s3, bucket, key, rest);
    objects += 1;
    if (found.length > 0 || objects % objectsPerNote === 0) await onDone(key, found.length, objects);
  }
  let removed = 0;
  for await (const { bytes, ...version } of oldVersionsOf(s3, bucket)) {
    if (part(version.key, bytes).found.length === 0) continue;
    await removeVersion(s3, bucket, version);
    removed += 1;
  }
  return removed;
}
