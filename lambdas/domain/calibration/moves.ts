import type { Plan } from '../plan.ts';
import type { Profile } from '../profile.ts';
import type { Thresholds } from '../rules.ts';
import { assignSegment, thresholdsOn } from '../segments.ts';
import { viewOf } from '../settle.ts';
import type { SegmentMove } from '../thresholds.ts';

/** Counts whom other thresholds would put into another segment at an instant. Counts of parts of the people add up. */
export class Moves {
  readonly #counts = new Map<string, SegmentMove>();

  constructor(list: readonly SegmentMove[] = []) {
    for (const { from, to, people } of list) this.#add(from, to, people);
  }

  predict(plan: Plan, profile: Profile, nowMs: number, before: Thresholds, after: Thresholds): void {
    if (profile.mergedInto !== undefined) return;
    const segmentUnder = (thresholds: Thresholds): string => {
      const view = viewOf(plan, profile, thresholdsOn(plan.config, profile, nowMs, thresholds));
      return assignSegment(plan.segments, plan.config.fallback.name, view, nowMs, thresholds).segment;
    };
    const [from, to] = [segmentUnder(before), segmentUnder(after)];
    if (from !== to) this.#add(from, to, 1);
  }

  merge(other: Moves): void {
    for (const { from, to, people } of other.list()) this.#add(from, to, people);
  }

  /** The largest first. */
  list(): SegmentMove[] {
    return [...this.#counts.values()].sort((a, b) => b.people - a.people || (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1));
  }

  #add(from: string, to: string, people: number): void {
    const key = `${from} ${to}`;
    this.#counts.set(key, { from, to, people: (this.#counts.get(key)?.people ?? 0) + people });
  }
}
