import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Loaded, ProfileStore } from '../../lambdas/adapters/profile-store.ts';
import { WriteConflict } from '../../lambdas/domain/errors.ts';
import { isAnonymous } from '../../lambdas/domain/events.ts';
import type { Plan } from '../../lambdas/domain/plan.ts';
import { emptyProfile, type Profile } from '../../lambdas/domain/profile.ts';
import type { Moment } from '../../lambdas/domain/settle.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { readPastEvent, type PastEvent } from './events.ts';
import { Histories, type History } from './histories.ts';
import { rebuild, withoutStarts, type Rebuilt, type Standing } from './rebuild.ts';
import type { Tail } from './stream-tail.ts';
import { newSummary, type Summary } from './summary.ts';
import { inPlaceOf, write, type Rewritten, type WriteStore } from './write.ts';

export interface ReplayDeps {
  plan: Plan;
  archive: ArchiveFiles;
  tail: Tail;
  store: WriteStore & Pick<ProfileStore, 'loadMany' | 'scan'>;
  /** The present, with the thresholds in force. */
  moment: Moment;
  /** Counts and shows, and writes nothing. */
  isDryRun: boolean;
  /** Counts also what waits in the stream, without its effects. For a table that was lost. */
  countsWaiting: boolean;
  onProgress(step: 'reading' | 'writing', share: number): void;
  /** Asked between batches. */
  signal?: AbortSignal;
}

const keysPerBatch = 200;
const maxAttempts = 10;
const retryPauseMs = 500;

/**
 * Rebuilds every profile from the archive and the stream, while the pipeline runs: each profile is read, then the stream is read on
 * to its end, so that all that the profile has is known; it is folded anew up to where the pipeline stands with it, and written
 * if nobody has written it since. What the pipeline has not applied yet stays with the pipeline.
 */
export async function replay(deps: ReplayDeps): Promise<Summary> {
  const { plan, archive, tail, store, signal, onProgress } = deps;
  const summary = newSummary();
  const histories = new Histories();
  let beginsAtMs = Infinity;
  const take = (past: PastEvent | undefined) => {
    if (past === undefined) return;
    beginsAtMs = Math.min(beginsAtMs, past.event.receivedAtMs);
    histories.add(past);
  };
  // The archive first: what is not in it yet is in the stream by then, and for two days.
  for await (const { data, share } of archive.records()) {
    signal?.throwIfAborted();
    summary.archivedRecords += 1;
    take(readPastEvent(data, plan.config));
    onProgress('reading', share);
  }
  const catchUp = () =>
    tail.catchUp(({ data, sequenceNumber }) => {
      summary.streamRecords += 1;
      take(readPastEvent(data, plan.config, sequenceNumber));
    });
  await catchUp();

  const queue = histories.all().map((history) => ({ history, attempts: 0 }));
  const total = queue.length;
  /** A history that grew by another one after it was written is written again. */
  const keysDone = new Map<History, number>();
  while (queue.length > 0) {
    signal?.throwIfAborted();
    const batch = nextBatch(queue);
    if (batch.every(({ attempts }) => attempts > 0)) await sleep(retryPauseMs);
    const current = batch.map((entry) => ({ ...entry, history: histories.of(entry.history.keys[0] as string) }));
    const open = current.filter(({ history }) => keysDone.get(history) !== history.keys.length);
    const keys = [...new Set(open.flatMap(({ history }) => history.keys))];
    const live = await store.loadMany(keys.map((userKey) => ({ userKey, withContent: true })));
    await catchUp();
    for (const { history, attempts } of open) {
      const isDone = await attempt(deps, history, live, beginsAtMs, summary);
      if (isDone) keysDone.set(history, history.keys.length);
      else if (attempts + 1 < maxAttempts) queue.push({ history, attempts: attempts + 1 });
      else summary.busy += history.keys.filter((key) => live.get(key)?.profile.mergedInto === undefined).length;
    }
    onProgress('writing', 1 - queue.length / total);
  }
  summary.events = histories.size;
  for await (const profile of store.scan()) if (profile.mergedInto === undefined && !histories.has(profile.userKey)) summary.notInArchive += 1;
  return summary;
}

function nextBatch<T extends { history: History }>(queue: T[]): T[] {
  const batch: T[] = [];
  for (let keys = 0; queue.length > 0 && keys < keysPerBatch; ) {
    const entry = queue.shift() as T;
    batch.push(entry);
    keys += entry.history.keys.length;
  }
  return batch;
}

/** @returns false when it has to be tried again */
async function attempt(deps: ReplayDeps, history: History, live: ReadonlyMap<string, Loaded>, beginsAtMs: number, summary: Summary): Promise<boolean> {
  const { plan, moment, store, isDryRun } = deps;
  const liveOf = (key: string): Profile => live.get(key)?.profile ?? emptyProfile(key);
  // Somebody was identified since, or effects are on their way, of which merges change profiles.
  if (history.keys.some((key) => !live.has(key) || liveOf(key).outbox.length > 0)) return false;

  const { events } = history;
  const standings = new Map(history.keys.map((key) => [key, standingOf(deps, liveOf(key), events)]));
  const people = rebuild(withoutStarts(plan), events, standings, moment);
  const present = history.keys.filter((key) => people.has(key) && standings.get(key)?.mergedInto === undefined);
  if (present.some((key) => knowsMore(liveOf(key), history, events, beginsAtMs))) {
    summary.olderThanArchive += present.length;
    return true;
  }
  const results: Rewritten[] = [];
  for (const key of present) {
    const { profile, content } = people.get(key) as Rebuilt;
    const rewritten = inPlaceOf(plan, liveOf(key), profile, standings.get(key)?.watermark ?? '', moment);
    const devices = new Map(
      profile.absorbed
        .filter((device) => standings.get(device) !== undefined && standings.get(device)?.mergedInto === undefined && !people.has(device))
        .map((device) => [device, liveOf(device).watermark]),
    );
    const stored = live.get(key) as Loaded;
    const isSame = rewritten.isSame && devices.size === 0 && isDeepStrictEqual({ ...content, version: 0 }, { ...stored.content, version: 0 });
    results.push({ ...rewritten, isSame });
    if (isSame || isDryRun) continue;
    try {
      await write(store, stored, rewritten, content, devices);
    } catch (error) {
      if (error instanceof WriteConflict) return false;
      throw error;
    }
  }
  for (const { isSame, transition } of results) {
    summary[isSame ? 'same' : 'rebuilt'] += 1;
    if (transition === undefined) continue;
    const move = `${transition.from ?? '(new)'} -> ${transition.to}`;
    summary.moves.set(move, (summary.moves.get(move) ?? 0) + 1);
  }
  return true;
}

function standingOf({ countsWaiting }: ReplayDeps, { userKey, watermark, mergedInto }: Profile, events: readonly PastEvent[]): Standing {
  const highest = countsWaiting && mergedInto === undefined ? events.reduce((high, past) => maxOf(high, past.event.userKey === userKey ? past.sequence : undefined), watermark) : watermark;
  return { watermark: highest, ...(mergedInto !== undefined && { mergedInto }) };
}

const maxOf = (a: string, b: string | undefined): string => (b !== undefined && b > a ? b : a);

/** Does the profile know of events from before the archive? Then the archive's word on it would be a loss. */
function knowsMore(profile: Profile, { keys }: History, events: readonly PastEvent[], beginsAtMs: number): boolean {
  if (!isAnonymous(profile.userKey) && profile.absorbed.some((key) => !keys.includes(key))) return true;
  const firstAtMs = Math.min(...Object.values(profile.signals).map((signal) => signal.firstAtMs));
  if (firstAtMs >= beginsAtMs) return false;
  return events.every(({ event }) => event.atMs > firstAtMs);
}
