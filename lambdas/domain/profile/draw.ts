import type { Profile } from './profile.ts';

/**
 * Variants, holdouts and random buckets are drawn by a key, and a person who becomes known keeps theirs: that of the visitor whom they were
 * before. This is decided at the first join, by which profile is older: an old account that logs in on a new device keeps its own key.
 */
export const drawKeyOf = ({ drawKey, userKey }: Pick<Profile, 'drawKey' | 'userKey'>): string => drawKey ?? userKey;

/** The draw key after a join; it never changes after the first one. */
export function drawKeyAfterJoin(known: Profile, anonymous: Profile): string {
  if (known.drawKey !== undefined) return known.drawKey;
  // A profile without `sinceMs` is from before that was kept, so it is older than any other. One without an event does not count.
  const anonymousSinceMs = anonymous.watermark === '' ? Infinity : (anonymous.sinceMs ?? 0);
  const knownSinceMs = known.watermark === '' ? Infinity : (known.sinceMs ?? 0);
  return anonymousSinceMs < knownSinceMs ? drawKeyOf(anonymous) : known.userKey;
}

/** Running workflows keep their draw key, so that all emails of a workflow are of one variant. */
export function withRunsDrawnBy(profile: Profile, drawKey: string): Profile['runs'] {
  const own = drawKeyOf(profile);
  if (own === drawKey) return profile.runs;
  return Object.fromEntries(Object.entries(profile.runs).map(([id, run]) => [id, { ...run, drawKey: run.drawKey ?? own }]));
}

/** The draw key for the emails of a workflow. */
export const drawKeyIn = (profile: Profile, executionName: string): string =>
  Object.values(profile.runs).find((run) => run.executionName === executionName)?.drawKey ?? drawKeyOf(profile);
