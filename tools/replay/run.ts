import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Loaded, ProfileStore } from '../../lambdas/adapters/profiles/profile-store.ts';
import type { RecordTransition } from '../../lambdas/domain/profile/effects.ts';
import { isLasting } from '../../lambdas/adapters/lasting.ts';
import { WriteConflict } from '../../lambdas/domain/errors.ts';
import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import { afterErasure } from '../../lambdas/domain/profile/erasure.ts';
import { emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';
import type { Moment } from '../../lambdas/domain/profile/view.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { readPastEvent, type PastEvent } from './events.ts';
import { Histories, type History } from './histories.ts';
import { rebuild, type Standing } from './rebuild.ts';
import type { Tail } from './stream-tail.ts';
import { countUnreadable, nameProblem, newSummary, type Summary } from './summary.ts';
import { inPlaceOf, write, type WriteStore } from './write.ts';

export interface ReplayDeps {
  plan: Plan;
  archive: ArchiveFiles;
  tail: Tail;
  store: WriteStore & Pick<ProfileStore, 'loadMany' | 'scan'>;
  /** The present, with the thresholds in force. */
  moment: Moment;
  /** Counts and shows, and writes nothing. */
  isDryRun: boolean;
  /** Nothing is known of where the pipeline stands: all that is in the stream counts, and the pipeline will not see it again. */
  tableWasLost: boolean;
  onProgress(step: 'reading' | 'writing', share: number): void;
  /** Asked between batches. */
  signal?: AbortSignal;
  retryPauseMs?: number;
}

const keysPerBatch = 200;
const maxAttempts = 10;

/**
 * Rebuilds every profile from the archive and the stream, while the pipeline runs: each profile is read, then the stream is read on
 * to its end, so that all that the profile has is known; it is folded anew up to where the pipeline stands with it, and written
 * if nobody has written it since. What the pipeline has not applied yet stays with the pipeline.
 */
export async function replay(deps: ReplayDeps): Promise<Summary> {
  const { plan, archive, tail, store, signal, onProgress, retryPauseMs = 500 } = deps;
  const summary = newSummary();
  const tally = new Tally(summary);
  const histories = new Histories();
  let beginsAtMs = Infinity;
  const take = (past: ReturnType<typeof readPastEvent>) => {
    if (past === undefined) return;
    if ('reason' in past) return void countUnreadable(summary, past.reason);
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
      // While the stream was read on, somebody was identified: the history has new keys, or is part of another one.
      const isStale = histories.of(history.keys[0] as string) !== history || history.keys.some((key) => !live.has(key));
      const isDone = !isStale && (await attemptOrSkip(deps, history, live, { beginsAtMs, isPerson: (key) => histories.has(key) }, tally));
      if (isDone) keysDone.set(history, history.keys.length);
      else if (attempts + 1 < maxAttempts) queue.push({ history, attempts: attempts + 1 });
      else
        tally.count(
          'busy',
          history.keys.filter((key) => live.get(key)?.profile.mergedInto === undefined),
        );
    }
    onProgress('writing', 1 - queue.length / total);
  }
  summary.events = histories.size;
  for await (const profile of store.scan())
    if (profile.mergedInto === undefined && !histories.has(profile.userKey)) summary.notInArchive += 1;
  return summary;
}

function nextBatch<T extends { history: History }>(queue: T[]): T[] {
  const batch: T[] = [];
  for (let keys = 0; queue.length > 0 && keys < keysPerBatch;) {
    const entry = queue.shift() as T;
    batch.push(entry);
    keys += entry.history.keys.length;
  }
  return batch;
}

/** What is known of all histories. */
interface Past {
  /** When the first event was received. */
  beginsAtMs: number;
  isPerson(userKey: string): boolean;
}

/** What an erased person did comes into the archive again when it arrives late. */
function withoutErased({ config }: Plan, { keys, events }: History, liveOf: (key: string) => Profile): readonly PastEvent[] {
  const erased = keys.filter((key) => liveOf(key).erasedAtMs !== undefined);
  if (erased.length === 0) return events;
  const kept = new Set(erased.flatMap((key) => afterErasure(events.filter(({ event }) => event.userKey === key), liveOf(key), config.consent.trait)));
  return events.filter((past) => !erased.includes(past.event.userKey) || kept.has(past));
}

/** @returns false when it has to be tried again */
async function attempt(deps: ReplayDeps, history: History, live: ReadonlyMap<string, Loaded>, past: Past, tally: Tally): Promise<boolean> {
  const { plan, moment, store, isDryRun } = deps;
  const liveOf = (key: string): Profile => live.get(key)?.profile ?? emptyProfile(key);
  // Effects are on their way, and a merge among them would change the profile.
  if (history.keys.some((key) => liveOf(key).outbox.length > 0)) return false;

  const events = withoutErased(plan, history, liveOf);
  const standings = new Map(history.keys.map((key) => [key, standingOf(deps, liveOf(key), events)]));
  const { people, owners } = rebuild(plan, events, standings, moment, past.isPerson);
  const present = history.keys.flatMap((key) => people.get(key) ?? []);
  if (present.some(({ profile }) => knowsMore(liveOf(profile.userKey), profile, history, past.beginsAtMs))) {
    tally.count(
      'olderThanArchive',
      present.map(({ profile }) => profile.userKey),
    );
    return true;
  }
  for (const { profile, content } of present) {
    const stored = live.get(profile.userKey) as Loaded;
    // The archive is kept for longer than a profile of which nothing was heard since.
    if (stored.profile.version === 0 && profile.expiresAtMs !== undefined && profile.expiresAtMs <= moment.nowMs) {
      tally.count('expired', [profile.userKey]);
      continue;
    }
    const rewritten = inPlaceOf(plan, stored.profile, profile, standings.get(profile.userKey)?.watermark ?? '', moment);
    const devices = new Map(
      history.keys.filter((key) => owners.get(key) === profile.userKey && !liveOf(key).closed).map((key) => [key, liveOf(key).watermark]),
    );
    const isSame =
      rewritten.isSame && devices.size === 0 && isDeepStrictEqual({ ...content, version: 0 }, { ...stored.content, version: 0 });
    if (!isSame && !isDryRun) {
      try {
        await write(store, stored, rewritten, content, devices, plan.config.publishTransitions);
      } catch (error) {
        if (error instanceof WriteConflict) return false;
        throw error;
      }
    }
    tally.count(isSame ? 'same' : 'rebuilt', [profile.userKey], rewritten.transition);
  }
  return true;
}

/** One person whose events cannot be folded or written ends nothing for the others. */
async function attemptOrSkip(...[deps, history, live, past, tally]: Parameters<typeof attempt>): Promise<boolean> {
  try {
    return await attempt(deps, history, live, past, tally);
  } catch (error) {
    if (!isLasting(error)) throw error;
    tally.skip(history.keys, error as Error);
    return true;
  }
}

/** Counts each profile once, however often its history was tried. */
class Tally {
  readonly #summary: Summary;
  readonly #counted = new Set<string>();

  constructor(summary: Summary) {
    this.#summary = summary;
  }

  skip(userKeys: readonly string[], { name, message }: Error): void {
    this.count('failed', userKeys);
    nameProblem(this.#summary, `${userKeys[0]}: ${name}: ${message}`);
  }

  count(as: 'rebuilt' | 'same' | 'expired' | 'olderThanArchive' | 'busy' | 'failed', userKeys: readonly string[], transition?: RecordTransition): void {
    for (const userKey of userKeys) {
      if (this.#counted.has(userKey)) continue;
      this.#counted.add(userKey);
      this.#summary[as] += 1;
      if (transition === undefined) continue;
      const move = `${transition.from ?? '(new)'} -> ${transition.to}`;
      this.#summary.moves.set(move, (this.#summary.moves.get(move) ?? 0) + 1);
    }
  }
}

function standingOf({ tableWasLost }: ReplayDeps, profile: Profile, events: readonly PastEvent[]): Standing {
  if (!tableWasLost || profile.mergedInto !== undefined) return profile;
  const { userKey, watermark, absorbed } = profile;
  const sequences = events.flatMap(({ event, sequence }) => (event.userKey === userKey && sequence !== undefined ? [sequence] : []));
  return { absorbed, watermark: sequences.reduce((highest, sequence) => (sequence > highest ? sequence : highest), watermark) };
}

/** Does the profile know what happened before the archive began? Then rebuilding it would lose that. */
function knowsMore(live: Profile, rebuilt: Profile, { keys, events }: History, beginsAtMs: number): boolean {
  if (live.absorbed.some((key) => !keys.includes(key))) return true;
  if ((['unsubscribedAtMs', 'resubscribedAtMs'] as const).some((field) => Object.keys(live[field]).some((topic) => rebuilt[field][topic] === undefined))) return true;
  if (live.consent !== undefined && live.consent.atMs < beginsAtMs && rebuilt.consent === undefined) return true;
  const firstAtMs = Math.min(...Object.values(live.signals).map((signal) => signal.firstAtMs));
  return firstAtMs < beginsAtMs && events.every(({ event }) => event.atMs > firstAtMs);
}
