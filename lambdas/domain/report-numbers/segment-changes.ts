import type { Profile } from '../profile/profile.ts';

/** A change of segment as it is recorded. */
export interface SegmentChange {
  from: string | null;
  to: string;
  atMs: number;
}

/**
 * One change for each instant, in order of time. A person who identifies on a known device changes twice at one instant: without
 * its history, and then with it; the records of one instant stand in no order of their own, but each begins where another ends.
 */
export function changesByInstant(recorded: readonly SegmentChange[]): SegmentChange[] {
  const changes: SegmentChange[] = [];
  const byInstant = [...Map.groupBy(recorded, ({ atMs }) => atMs)].sort(([a], [b]) => a - b);
  for (const [, together] of byInstant) {
    const ends = new Set(together.map(({ to }) => to));
    const start = changes.at(-1)?.to ?? together.find(({ from }) => from === null || !ends.has(from))?.from;
    const change = chained(together, start);
    if (change.from !== change.to) changes.push(change);
  }
  return changes;
}

function chained(together: readonly SegmentChange[], start: string | null | undefined): SegmentChange {
  let [change] = together as [SegmentChange];
  const open = new Set(together);
  const next = (from: string | null | undefined) => [...open].find((one) => one.from === from);
  for (let link = next(start); link !== undefined; link = next(link.to)) {
    open.delete(link);
    change = { ...link, from: start === undefined ? change.from : start };
  }
  return change;
}

/** Stands for no segment, that of somebody who was not there yet. */
export const absent = '';

/** The segment at an instant by the recorded changes; `absent` before the first. */
export function segmentAt({ segment }: Pick<Profile, 'segment'>, changes: readonly SegmentChange[], atMs: number): string {
  const before = changes.findLast((one) => one.atMs <= atMs);
  if (before !== undefined) return before.to;
  const [after] = changes;
  if (after !== undefined) return after.from ?? absent;
  // Records expire, and what is left is the segment that the person has had ever since.
  return segment !== undefined && segment.sinceMs <= atMs ? segment.name : absent;
}
