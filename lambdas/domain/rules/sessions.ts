/** A visit: when its first and its last event happened. */
export type Session = [startMs: number, endMs: number];

/** Events no further apart than this belong to one session, the convention of web analytics. */
export const sessionGapMs = 30 * 60_000;
/** How many of the newest sessions a profile remembers. */
export const keptSessions = 20;
/** Rules ask for so many at most. */
const mostAsked = 10;

/**
 * The sessions of two sets of events together, newest first. Sessions that touch become one, so an event that arrives late
 * may join two. The order of arrival does not matter while all sessions are remembered.
 * @param lastingMs least lengths that rules ask for: of sessions so long, the newest are remembered however many short ones follow
 */
export function mergeSessions(a: readonly Session[], b: readonly Session[], lastingMs: readonly number[] = []): Session[] {
  const newestFirst = [...a, ...b].sort((x, y) => y[1] - x[1] || y[0] - x[0]);
  const merged: Session[] = [];
  for (const [startMs, endMs] of newestFirst) {
    const later = merged.at(-1);
    if (later !== undefined && later[0] - endMs <= sessionGapMs) later[0] = Math.min(later[0], startMs);
    else merged.push([startMs, endMs]);
  }
  if (merged.length <= keptSessions) return merged;
  const kept = new Set([...merged.slice(0, keptSessions), ...lastingMs.flatMap((leastMs) => merged.filter(([startMs, endMs]) => endMs - startMs >= leastMs).slice(0, mostAsked))]);
  return merged.filter((session) => kept.has(session));
}

/** Ends of the sessions that last at least so long, newest first. */
export function sessionEnds(sessions: readonly Session[] | undefined, lastingMs: number): number[] {
  return (sessions ?? []).filter(([startMs, endMs]) => endMs - startMs >= lastingMs).map(([, endMs]) => endMs);
}
