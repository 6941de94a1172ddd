import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import { isTrue } from '../../lambdas/domain/rules/compile.ts';
import { viewAt, type Moment } from '../../lambdas/domain/profile/view.ts';

/**
 * Counts people who meet the rules of two segments at once, whatever segment they are in by the order; a segment with
 * itself gives all who meet its rule.
 */
export class Overlaps {
  readonly #plan: Plan;
  /** By the places of both segments in the order. */
  readonly counts: number[][];

  constructor(plan: Plan) {
    this.#plan = plan;
    this.counts = plan.segments.map(() => plan.segments.map(() => 0));
  }

  add(profile: Profile, moment: Moment): void {
    const view = viewAt(this.#plan, profile, moment);
    const met = this.#plan.segments.flatMap(({ condition }, place) =>
      isTrue(condition(view, moment.nowMs, moment.thresholds)) ? [place] : [],
    );
    for (const a of met) for (const b of met) this.#increase(a, b, 1);
  }

  addCounts(more: readonly number[][]): void {
    for (const [a, row] of more.entries()) for (const [b, count] of row.entries()) this.#increase(a, b, count);
  }

  table(): Record<string, Record<string, number>> {
    const names = this.#plan.segments.map(({ name }) => name);
    return Object.fromEntries(
      names.map((name, a) => [name, Object.fromEntries(names.map((other, b) => [other, this.counts[a]?.[b] ?? 0]))]),
    );
  }

  #increase(a: number, b: number, count: number): void {
    const row = this.counts[a] as number[];
    row[b] = (row[b] as number) + count;
  }
}
