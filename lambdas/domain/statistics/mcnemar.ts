import { logGamma } from './gamma.ts';

/**
 * Are two judges of the same people right equally often? Only people on whom exactly one is right are informative; if the judges are equally good, either
 * is the right one with probability 1/2. McNemar, "Note on the Sampling Error of the Difference Between Correlated Proportions", Psychometrika 12 (1947), in its
 * exact form (binomial with 1/2), which holds for any number of people.
 * @param firstOnly people on whom only the first judge is right
 * @param secondOnly the same of the second
 * @returns `better`: one-sided, of "the first is not better"; `p`: two-sided, twice the smaller tail
 */
export function mcNemar(firstOnly: number, secondOnly: number): { better: number; p: number } {
  const better = upperTail(firstOnly + secondOnly, firstOnly);
  return { better, p: Math.min(1, 2 * Math.min(better, upperTail(firstOnly + secondOnly, secondOnly))) };
}

/** Probability of at least `least` heads in `tosses` of a fair coin. */
function upperTail(tosses: number, least: number): number {
  let sum = 0;
  // Smallest terms first, so that rounding does not lose them.
  for (let heads = tosses; heads >= least; heads -= 1)
    sum += Math.exp(logGamma(tosses + 1) - logGamma(heads + 1) - logGamma(tosses - heads + 1) - tosses * Math.LN2);
  return Math.min(1, sum);
}
