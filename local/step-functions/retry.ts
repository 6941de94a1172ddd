import type { Retrier } from './definition.ts';

/** Decides on the retries of one visit of a state, as the Amazon States Language says. */
export interface RetryCounter {
  /** @returns seconds until the next attempt, or `undefined` when the error is final */
  next(errorName: string): number | undefined;
}

export function createRetryCounter(retriers: readonly Retrier[], random: () => number = Math.random): RetryCounter {
  const counts = retriers.map(() => 0);
  return {
    next(errorName) {
      // Only the first retrier that matches counts, even when its attempts are used up.
      const index = retriers.findIndex(({ ErrorEquals }) => ErrorEquals.some((pattern) => matches(pattern, errorName)));
      const retrier = retriers[index];
      if (!retrier || counts[index]! >= (retrier.MaxAttempts ?? 3)) return undefined;
      const delay = Math.min(
        (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** counts[index]!,
        retrier.MaxDelaySeconds ?? Infinity,
      );
      counts[index]! += 1;
      return retrier.JitterStrategy === 'FULL' ? delay * random() : delay;
    },
  };
}

function matches(pattern: string, errorName: string): boolean {
  if (pattern === 'States.TaskFailed') return errorName !== 'States.Timeout';
  return pattern === 'States.ALL' || pattern === errorName;
}
