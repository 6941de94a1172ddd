/** A mean over some observations. */
export interface Weighted {
  value: number;
  weight: number;
}

/** Neighbouring points that share one fitted value: those from place `from` to before `until`. */
export interface Block extends Weighted {
  from: number;
  until: number;
}

/**
 * The non-decreasing step function that is nearest to the points in weighted least squares, by pooling adjacent violators.
 * Ayer, Brunk, Ewing, Reid and Silverman, "An Empirical Distribution Function for Sampling with Incomplete Information",
 * Annals of Mathematical Statistics 26 (1955); Barlow, Bartholomew, Bremner and Brunk, "Statistical Inference under Order
 * Restrictions" (Wiley, 1972), chapter 1. Linear in the number of points.
 * @param points in the order in which the fit must not fall; weights above 0
 * @returns blocks with strictly rising values, which cover all places in order
 */
export function isotonicFit(points: readonly Weighted[]): Block[] {
  const blocks: Block[] = [];
  points.forEach(({ value, weight }, place) => {
    if (!(weight > 0)) throw new RangeError(`weight ${weight} at place ${place}: must be above 0`);
    let block: Block = { value, weight, from: place, until: place + 1 };
    for (let last = blocks.at(-1); last !== undefined && last.value >= block.value; last = blocks.at(-1)) {
      blocks.pop();
      const sum = last.weight + block.weight;
      block = { value: (last.value * last.weight + block.value * block.weight) / sum, weight: sum, from: last.from, until: block.until };
    }
    blocks.push(block);
  });
  return blocks;
}
