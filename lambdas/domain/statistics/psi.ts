/**
 * Population stability index of two distributions over the same cells: the sum of (a - e) ln(a / e) over their shares, which is
 * Kullback and Leibler's symmetric divergence. Siddiqi, "Credit Risk Scorecards" (Wiley, 2006), reads less than 0.1 as no change, 0.1 to
 * 0.25 as a small one and more as a large one. An empty cell, whose logarithm would not exist, counts as half an observation.
 * @param expected counts of the older distribution
 * @param actual counts of the newer one
 */
export function stabilityIndex(expected: readonly number[], actual: readonly number[]): number {
  if (expected.length !== actual.length) throw new RangeError(`${expected.length} cells cannot be compared with ${actual.length}`);
  const [before, after] = [sharesOf(expected), sharesOf(actual)];
  return before.reduce((sum, e, cell) => {
    const a = after[cell] as number;
    return sum + (a - e) * Math.log(a / e);
  }, 0);
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) throw new RangeError('a distribution needs observations');
  return counts.map((count) => Math.max(count, 0.5) / total);
}
