import { isDeepStrictEqual } from 'node:util';
import type { Loaded, ProfileStore } from '../../lambdas/adapters/profiles/profile-store.ts';
import { emptyContent } from '../../lambdas/domain/profile/content.ts';
import { mergedKeeping } from '../../lambdas/domain/profile/keeping.ts';
import type { Effect, RecordTransition } from '../../lambdas/domain/profile/effects.ts';
import { WriteConflict } from '../../lambdas/domain/errors.ts';
import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import type { Moment } from '../../lambdas/domain/profile/view.ts';
import { transitionTo } from '../../lambdas/domain/fold/settle.ts';
import type { Rebuilt } from './rebuild.ts';

export interface Rewritten {
  isSame: boolean;
  profile: Profile;
  transition?: RecordTransition;
}

/** How many devices a profile remembers to have taken in. */
const maxAbsorbed = 32;

/** The rebuilt profile in the place of the stored one: what does not come from past events stays. */
export function inPlaceOf(plan: Plan, live: Profile, rebuilt: Profile, watermark: string, moment: Moment): Rewritten {
  const { segment, dueAtMs } = rebuilt;
  const isOtherSegment = segment !== undefined && segment.name !== live.segment?.name;
  const keptSegment = segment === undefined ? live.segment : { ...segment, sinceMs: isOtherSegment || live.segment === undefined ? moment.nowMs : live.segment.sinceMs };
  // The index may fire too early, but not too late; moving its entry would cost a write.
  const isEarlyEnough = live.dueAtMs !== undefined && live.dueAtMs > moment.nowMs && live.dueAtMs <= (dueAtMs ?? Infinity);
  const due = isEarlyEnough ? live.dueAtMs : dueAtMs;
  const profile: Profile = {
    ...rebuilt,
    version: live.version,
    watermark,
    runs: live.runs,
    exits: exitsOf(plan, live, rebuilt),
    failures: live.failures,
    // Without a device that it has taken in, the next event that names it would count its history a second time.
    absorbed: [...new Set([...live.absorbed, ...rebuilt.absorbed])].slice(-maxAbsorbed),
    erasedAtMs: live.erasedAtMs,
    // The archive may begin after a server spoke of the person, so it takes away nothing of how long the profile is kept.
    ...(live.version === 0 ? { onlyByWeb: rebuilt.onlyByWeb, expiresAtMs: rebuilt.expiresAtMs } : mergedKeeping(live, rebuilt)),
    segment: keptSegment,
    dueAtMs: due,
  };
  if (!isOtherSegment) return { isSame: isDeepStrictEqual(profile, live), profile };
  const transition = transitionTo(plan, { ...rebuilt, segment: live.segment }, segment.name, moment, 'replay');
  return { isSame: false, profile, transition };
}

export type WriteStore = Pick<ProfileStore, 'saveProfile' | 'saveContent' | 'keepContent' | 'point' | 'close' | 'recordTransition'>;

/**
 * When workflows were ended. By an event, that follows from the events. By a rule, it did not: somebody's device is told of late, a workflow
 * has begun by then, and has ended; so what happened stays. Without a profile there is only what would have happened.
 */
function exitsOf({ campaigns }: Plan, live: Profile, rebuilt: Profile): Profile['exits'] {
  if (live.version === 0) return rebuilt.exits;
  const times = campaigns.flatMap(({ name, isOver }): [string, number][] => {
    const [happened, derived] = [live.exits[name], rebuilt.exits[name]];
    const atMs = isOver === undefined ? Math.max(happened ?? -Infinity, derived ?? -Infinity) : (happened ?? -Infinity);
    return atMs === -Infinity ? [] : [[name, atMs]];
  });
  return Object.fromEntries(times);
}

/**
 * Writes a person over the one that was loaded. After a crash anywhere, the pipeline and another replay go on from what is stored:
 * content without its profile is right by itself, and a transition stands in the outbox until it is recorded.
 * @param devices anonymous profiles whose history is now part of this one, with the watermarks up to which their events were counted
 * @param leavesEffects to the refresh, which carries them out at its next run
 * @throws WriteConflict when somebody else wrote in between
 */
export async function write(
  store: WriteStore,
  live: Loaded,
  { profile, transition }: Rewritten,
  content: Rebuilt['content'],
  devices: ReadonlyMap<string, string>,
  leavesEffects: boolean,
): Promise<void> {
  const { userKey } = profile;
  const stored = live.content ?? emptyContent();
  const next = { ...content, version: stored.version };
  if (!isDeepStrictEqual(next, stored)) await store.saveContent(userKey, next, profile.expiresAtMs);
  else if (profile.expiresAtMs !== live.profile.expiresAtMs) await store.keepContent(userKey, profile.expiresAtMs);
  for (const [anonymousKey, watermark] of devices) {
    const atRest = await store.point(anonymousKey, userKey);
    if (atRest.mergedInto !== userKey || atRest.watermark !== watermark) throw new WriteConflict(`${anonymousKey} changed`);
  }
  const closing = [...devices.keys()].map((anonymousKey): Effect => ({ kind: 'close', anonymousKey }));
  const written = await store.saveProfile({ ...profile, outbox: [...(transition ? [transition] : []), ...closing] });
  // The refresh finds unfinished effects. It has the bus that segment changes go out on; this tool has not.
  if (written.outbox.length === 0 || leavesEffects) return;
  if (transition) await store.recordTransition(userKey, transition);
  for (const anonymousKey of devices.keys()) await store.close(anonymousKey);
  try {
    await store.saveProfile({ ...written, outbox: [] });
  } catch (error) {
    // The pipeline was faster: it has carried out the outbox itself.
    if (!(error instanceof WriteConflict)) throw error;
  }
}
