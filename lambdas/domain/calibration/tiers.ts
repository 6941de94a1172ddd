import type { Config } from '../../schemas/config.ts';
import { isotonicFit } from '../statistics/isotonic.ts';
import type { ThresholdChange } from '../rules/thresholds.ts';

/** Weight of a fixed threshold: so large that the others do not move it. */
const fixedWeight = 1e12;

/**
 * Keeps several thresholds of one score in the order in which they were: those that would pass each other meet, in the middle, or
 * where one of them stays.
 */
export function keepOrder({ thresholds }: Config, changes: readonly ThresholdChange[]): ThresholdChange[] {
  const limits = new Map<ThresholdChange, number>();
  for (const tiers of Map.groupBy(changes, ({ threshold }) => thresholds[threshold]?.score).values()) {
    const inOrder = [...tiers].sort((a, b) => a.from - b.from);
    for (const block of isotonicFit(inOrder.map(({ from, to }) => ({ value: to, weight: to === from ? fixedWeight : 1 })))) {
      const pooled = inOrder.slice(block.from, block.until);
      const meetAt = pooled.find(({ from, to }) => to === from)?.to ?? block.value;
      for (const tier of pooled) if (pooled.length > 1 && tier.to !== meetAt) limits.set(tier, meetAt);
    }
  }
  return changes.map((change) => {
    const to = limits.get(change);
    return to === undefined ? change : { ...change, to, decision: 'order-limited' };
  });
}
