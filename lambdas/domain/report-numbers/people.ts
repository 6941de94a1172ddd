import { viewOf, type Moment } from '../settle.ts';
import type { Plan } from '../plan.ts';
import type { Profile } from '../profile.ts';
import { isTrue } from '../rules.ts';
import { scoreAt } from '../score.ts';
import { hourMs } from '../time.ts';
import { isIn, type Period } from './period.ts';
import { changesByInstant, type SegmentChange } from './segment-changes.ts';
import { Tally } from './tally.ts';

/** One person, and what is recorded of them, oldest first. */
export interface PersonRecords {
  profile: Profile;
  transitions: readonly SegmentChange[];
  conversions: readonly { event: string; atMs: number; receivedAtMs: number; source: string; revenue?: number; currency?: string; segment: string | null }[];
}

/** What is counted of everybody; each of these can be made of parts of the people and merged. */
export interface PeopleSums {
  /** [segment at the start, segment at the end]; people who were not there at the start come from `absent`. */
  segments: Tally;
  /** [from, to, cause] of all changes within the month. */
  moves: Tally;
  /** [score, bin]: scores above zero now, in bins of `scoreBinWidth`. */
  scores: Tally;
  /** [places of all segments whose rules hold now, before their order decides], such as `0,2`. */
  overlaps: Tally;
  /** See `conversionPlace`. */
  conversions: Tally;
}

export const absent = '';
export const noCurrency = '';

/** Places in the names of the tally of conversions; amounts are `conversions`, `revenue` and `late`. */
export const conversionPlace = { event: 0, source: 1, segment: 2, currency: 3, amount: 4, day: 5 } as const;
const lateAfterMs = hourMs;

export const noPeople = (): PeopleSums => ({ segments: new Tally(), moves: new Tally(), scores: new Tally(), overlaps: new Tally(), conversions: new Tally() });

export function mergePeople(into: PeopleSums, other: PeopleSums): void {
  for (const name of Object.keys(into) as (keyof PeopleSums)[]) into[name].merge(other[name]);
}

export function addPerson(sums: PeopleSums, plan: Plan, { profile, transitions, conversions }: PersonRecords, period: Period, moment: Moment): void {
  const changes = changesByInstant(transitions);
  const atEnd = segmentAt(profile, changes, period.untilMs - 1);
  if (atEnd !== absent) sums.segments.add([segmentAt(profile, changes, period.fromMs - 1), atEnd]);
  for (const { from, to, atMs, cause } of changes) if (isIn(period, atMs)) sums.moves.add([from ?? absent, to, cause]);
  for (const [score, state] of Object.entries(profile.scores)) {
    const value = scoreAt(state, moment.nowMs, plan.halfLifeMs(score));
    if (value > 0) sums.scores.add([score, String(Math.floor(value / scoreBinWidth))]);
  }
  const view = viewOf(plan, profile);
  const holding = plan.segments.flatMap(({ condition }, place) => (isTrue(condition(view, moment.nowMs, moment.thresholds)) ? [place] : []));
  if (profile.segment !== undefined) sums.overlaps.add([holding.join(',')]);
  for (const { event, source, segment, currency = noCurrency, revenue = 0, atMs, receivedAtMs } of conversions) {
    if (!isIn(period, atMs)) continue;
    const name = [event, source, segment ?? absent, currency];
    const day = new Date(atMs).toISOString().slice(0, 10);
    sums.conversions.add([...name, 'conversions', day]);
    sums.conversions.add([...name, 'revenue', day], revenue);
    if (source !== 'import' && receivedAtMs - atMs > lateAfterMs) sums.conversions.add([...name, 'late', day]);
  }
}

/** Fine enough for any threshold; a page joins bins. */
export const scoreBinWidth = 1;

/** The segment at an instant, as far as the recorded changes tell; `absent` before the first. */
export function segmentAt({ segment }: Pick<Profile, 'segment'>, changes: readonly SegmentChange[], atMs: number): string {
  const before = changes.findLast((one) => one.atMs <= atMs);
  if (before !== undefined) return before.to;
  const [after] = changes;
  if (after !== undefined) return after.from ?? absent;
  // Records expire, and what is left is the segment that the person has had ever since.
  return segment !== undefined && segment.sinceMs <= atMs ? segment.name : absent;
}
