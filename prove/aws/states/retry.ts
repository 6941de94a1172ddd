import type { Retrier } from './definition.ts';
import { matchesError } from './errors.ts';

/** Retries of one visit of a state. Each retrier counts for itself, and the first one that names the error decides. */
export class Retries {
  private readonly retriers: readonly Retrier[];
  private readonly counts: number[];
  private readonly random: () => number;

  constructor(retriers: readonly Retrier[], random: () => number) {
    this.retriers = retriers;
    this.counts = retriers.map(() => 0);
    this.random = random;
  }

  /** @returns seconds to wait before the next attempt; undefined when there is none */
  next(errorName: string): number | undefined {
    const place = this.retriers.findIndex(({ ErrorEquals }) => matchesError(ErrorEquals, errorName));
    const retrier = this.retriers[place];
    if (retrier === undefined) return undefined;
    const count = this.counts[place] as number;
    if (count >= (retrier.MaxAttempts ?? 3)) return undefined;
    this.counts[place] = count + 1;
    const seconds = Math.min((retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** count, retrier.MaxDelaySeconds ?? Infinity);
    return retrier.JitterStrategy === 'FULL' ? seconds * this.random() : seconds;
  }
}
