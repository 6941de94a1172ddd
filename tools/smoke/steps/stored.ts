import { gunzipSync } from 'node:zlib';
import { isDeepStrictEqual } from 'node:util';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { readObject } from '../../person/objects.ts';
import { until, type World } from '../world.ts';

const keysPerCall = 100;

/** Every person and browser of the run has a profile. */
export async function seeProfiles(world: World): Promise<string> {
  const { documents, profilesTable } = world.target;
  const before = (key: string) => key.endsWith('-before');
  // What an alias names as its past needs no profile.
  const expected = [...world.people].filter((key) => !before(key));
  const missing = new Set(expected);
  await until(`profiles of ${expected.length} people`, async () => {
    for (let start = 0, all = [...missing]; start < all.length; start += keysPerCall) {
      const Keys = all.slice(start, start + keysPerCall).map((userKey) => ({ userKey, part: 'profile' }));
      const { Responses } = await documents.send(new BatchGetCommand({ RequestItems: { [profilesTable]: { Keys, ConsistentRead: true } } }));
      for (const { userKey } of Responses?.[profilesTable] ?? []) missing.delete(String(userKey));
    }
    return missing.size === 0 ? true : undefined;
  }, world.patienceMs).catch((error: Error) => {
    throw new Error(`${error.message}; ${missing.size} are missing: ${[...missing].slice(0, 5).join(', ')}`);
  });
  return `${expected.length} people and browsers have their profiles`;
}

interface Archived {
  event?: { messageId?: string; properties?: unknown };
}

/** It is written every five minutes. */
const archivePatienceMs = 420_000;

/** Every event is in the archive, and difficult texts are there as they were sent. */
export async function seeArchive(world: World): Promise<string> {
  const { s3, archiveBucket } = world.target;
  const missing = new Set(world.messageIds);
  const spoiled = new Map<string, unknown>();
  const read = new Set<string>();
  await until('the archive', async () => {
    for (const Prefix of world.isLocal ? ['events/'] : hourPrefixes(world.startedAtMs, Date.now())) {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: archiveBucket, Prefix })) {
        for (const { Key = '', LastModified } of Contents) {
          if (read.has(Key) || (LastModified?.getTime() ?? Infinity) < world.startedAtMs - 60_000) continue;
          read.add(Key);
          look(await readObject(s3, archiveBucket, Key));
        }
      }
    }
    return missing.size === 0 ? true : undefined;
  }, archivePatienceMs).catch((error: Error) => {
    throw new Error(`${error.message}; ${missing.size} of ${world.messageIds.size} events are not there, such as ${[...missing][0]}`);
  });
  if (spoiled.size > 0) throw new Error(`a text came through changed: ${JSON.stringify([...spoiled.values()][0])}`);
  return `${world.messageIds.size} events are in the archive, with their texts as they were sent`;

  function look(bytes: Buffer | undefined): void {
    if (bytes === undefined) return;
    for (const line of (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8').split('\n')) {
      if (!line.includes(world.run)) continue;
      const { event = {} } = JSON.parse(line) as Archived;
      const id = event.messageId ?? '';
      missing.delete(id);
      const text = world.texts.get(id);
      if (text !== undefined && !isDeepStrictEqual(event.properties, text)) spoiled.set(id, event.properties);
    }
  }
}

/** `events/2026/11/28/09/` and so on; an hour more on both sides, as clocks differ. */
function hourPrefixes(fromMs: number, toMs: number): string[] {
  const hourMs = 3_600_000;
  const hours: string[] = [];
  for (let atMs = fromMs - hourMs; atMs <= toMs + hourMs; atMs += hourMs) hours.push(`events/${new Date(atMs).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/')}/`);
  return hours;
}
