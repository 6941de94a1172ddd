import { decideAmbiguous } from '../classifier/decide.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import type { Thresholds } from '../rules/compile.ts';
import { assignSegment } from '../rules/segments.ts';
import { viewAt, type Moment } from '../profile/view.ts';
import type { SegmentMove } from '../rules/thresholds.ts';

/** Counts the people whose segment would change under other thresholds at an instant. Counts of subsets add up. */
export class Moves {
  readonly #counts = new Map<string, SegmentMove>();

  constructor(list: readonly SegmentMove[] = []) {
    for (const { from, to, people } of list) this.#add(from, to, people);
  }

  /** @param model in force, which may decide under either thresholds */
  predict(plan: Plan, profile: Profile, { nowMs, model }: Pick<Moment, 'nowMs' | 'model'>, before: Thresholds, after: Thresholds): void {
    if (profile.mergedInto !== undefined) return;
    const segmentUnder = (thresholds: Thresholds): string => {
      const view = viewAt(plan, profile, { nowMs, thresholds });
      const assigned = assignSegment(plan.segments, plan.config.fallback.name, view, nowMs, thresholds);
      return decideAmbiguous(plan, view, { nowMs, thresholds, model }, assigned).segment;
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
