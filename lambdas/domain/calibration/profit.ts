import { isotonicFit } from '../statistics/isotonic.ts';
import type { Cell } from '../statistics/sketch.ts';

/** In one currency: what a person over the threshold costs in a month, and what is gained from one who converts. */
export interface ProfitRule {
  perConversion: number;
  perPerson: number;
}

/**
 * The threshold with the highest expected profit: the sum, over the people at or over it, of p(score) * perConversion - perPerson, where p
 * is the isotonic fit of conversion on score. It is the decision with costs of Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI
 * 2001, with a probability that may only rise with the score. Of equal ones, the highest, which mails fewer people.
 * @param cells by rising score, with at least one person in them
 * @returns the lower edge of a cell, or the upper edge of the last one when nobody is worth the cost
 */
export function mostProfitable(cells: readonly Cell[], { perConversion, perPerson }: ProfitRule): number {
  const blocks = isotonicFit(cells.map(({ people, converted }) => ({ value: converted / people, weight: people })));
  let best = { profit: 0, level: (cells.at(-1) as Cell).until };
  let profit = 0;
  for (const { value, weight, from } of blocks.toReversed()) {
    profit += weight * (value * perConversion - perPerson);
    if (profit > best.profit) best = { profit, level: (cells[from] as Cell).from };
  }
  return best.level;
}
