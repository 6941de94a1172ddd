import { quantile } from './quantile.ts';

export interface Interval {
  low: number;
  high: number;
}

/**
 * Percentile bootstrap interval (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13) of a statistic of counted
 * data. Each replicate draws every count anew from the Poisson distribution with that mean, which approximates drawing as many people
 * again with replacement and costs the same for ten million people as for ten (Hanley and MacGibbon, "Creating
 * Non-Parametric Bootstrap Samples Using Poisson Frequencies", Computer Methods and Programs in Biomedicine 83, 2006).
 * @param random in [0, 1); the same sequence gives the same interval
 */
export function bootstrapInterval(
  counts: readonly number[],
  statistic: (counts: readonly number[]) => number,
  random: () => number,
  { replicates = 200, level = 0.95 } = {},
): Interval {
  const values = Array.from({ length: replicates }, () => statistic(counts.map((count) => poisson(count, random))));
  return { low: quantile(values, (1 - level) / 2), high: quantile(values, (1 + level) / 2) };
}

/** Above this mean, the normal distribution is near enough. */
const largeMean = 64;

/** A Poisson variate: by Knuth's product of uniforms for a small mean, else a rounded normal one (Box and Muller). */
export function poisson(mean: number, random: () => number): number {
  if (mean >= largeMean) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}

/** A small generator of numbers in [0, 1) that gives the same for the same seed: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
