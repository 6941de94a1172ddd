import type { Profile } from './profile.ts';

/**
 * Variants, holdouts and random buckets are drawn by a key, and a person who becomes known keeps theirs: that of the visitor whom they were
 * before. It is settled at the first join, by who was there first: an account of long ago that logs in on a new device stays as it was.
 */
export const drawKeyOf = ({ drawKey, userKey }: Pick<Profile, 'drawKey' | 'userKey'>): string => drawKey ?? userKey;

/** By which the person is drawn after a join; from the first one on always the same. */
export function drawKeyAfterJoin(known: Profile, anonymous: Profile): string {
  if (known.drawKey !== undefined) return known.drawKey;
  // A profile that was there before this was noted is older than any other; one without an event is nobody's.
  const anonymousSinceMs = anonymous.watermark === '' ? Infinity : (anonymous.sinceMs ?? 0);
  const knownSinceMs = known.watermark === '' ? Infinity : (known.sinceMs ?? 0);
  return anonymousSinceMs < knownSinceMs ? drawKeyOf(anonymous) : known.userKey;
}

/** Workflows that run keep what they were drawn by, so that all emails of one are of one kind. */
export function withRunsDrawnBy(profile: Profile, drawKey: string): Profile['runs'] {
  const own = drawKeyOf(profile);
  if (own === drawKey) return profile.runs;
  return Object.fromEntries(Object.entries(profile.runs).map(([id, run]) => [id, { ...run, drawKey: run.drawKey ?? own }]));
}

/** What an email of a workflow is drawn by. */
export const drawKeyIn = (profile: Profile, executionName: string): string =>
  Object.values(profile.runs).find((run) => run.executionName === executionName)?.drawKey ?? drawKeyOf(profile);
