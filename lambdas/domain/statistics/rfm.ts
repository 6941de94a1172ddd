/** A purchase history, and the number of people who have it: recency, frequency and monetary value (Hughes, "Strategic Database Marketing", 1994). */
export interface Buyers {
  /** Whole days since the last purchase. */
  recencyDays: number;
  /** Purchases. */
  frequency: number;
  /** Spent in all by each of them, in one currency; may be rounded, to count people together who spent about the same. */
  monetary: number;
  people: number;
  /** Spent by all of them together; left out, it is `people` times `monetary`. */
  spent?: number;
}

/** 1 to 5; 5 is the best fifth. */
export type Fifth = 1 | 2 | 3 | 4 | 5;

/**
 * Fifths of people by a value. Equal values are in the same fifth whatever the order of the people: it is that of the share of people with
 * a strictly lower value. So fifths are unequal where many people have one value, and people who bought once are in the lowest, however
 * many they are.
 * @param counts people by value
 */
export function fifths(counts: Iterable<readonly [value: number, people: number]>): (value: number) => Fifth {
  const sums = new Map<number, number>();
  for (const [value, people] of counts) sums.set(value, (sums.get(value) ?? 0) + people);
  const ascending = [...sums].sort(([a], [b]) => a - b);
  const total = ascending.reduce((sum, [, people]) => sum + people, 0);
  const scores = new Map<number, Fifth>();
  let below = 0;
  for (const [value, people] of ascending) {
    scores.set(value, Math.min(5, 1 + Math.floor((5 * below) / total)) as Fifth);
    below += people;
  }
  return (value) => {
    const score = scores.get(value);
    if (score === undefined) throw new RangeError(`nobody has the value ${value}`);
    return score;
  };
}

export const rfmNames = [
  'Champions',
  'Loyal customers',
  'Potential loyalists',
  'New customers',
  'Promising',
  'Need attention',
  'About to sleep',
  'At risk',
  'Cannot lose them',
  'Hibernating',
] as const;
export type RfmName = (typeof rfmNames)[number];

const [champions, loyal, potential, fresh, promising, attention, sleepy, atRisk, cannotLose, hibernating] = rfmNames;

/** By recency from 5 down to 1, then by value from 1 to 5. */
const grid: readonly (readonly RfmName[])[] = [
  [fresh, potential, potential, champions, champions],
  [promising, potential, potential, loyal, loyal],
  [sleepy, sleepy, attention, loyal, loyal],
  [hibernating, hibernating, atRisk, atRisk, cannotLose],
  [hibernating, hibernating, atRisk, atRisk, cannotLose],
];

/**
 * The name of a cell of the grid of ten groups that Putler made common ("RFM Analysis For Successful Customer Segmentation"): recency
 * against value, which is the mean of the fifths of frequency and spending, a half rounded up.
 */
export function rfmName(recency: Fifth, frequency: Fifth, monetary: Fifth): RfmName {
  const value = Math.round((frequency + monetary) / 2);
  return grid[5 - recency]?.[value - 1] as RfmName;
}

export interface RfmRow {
  name: RfmName;
  people: number;
  /** Share of all buyers. */
  share: number;
  /** Means over the people; 0 without people. */
  recencyDays: number;
  frequency: number;
  monetary: number;
  /** Spent by all of them. */
  spent: number;
}

/** The ten groups in the order of `rfmNames`, also empty ones. Buyers who did the same may be counted together or apart, in any order. */
export function rfmTable(buyers: readonly Buyers[]): RfmRow[] {
  // The fewer days, the better.
  const recency = fifths(buyers.map(({ recencyDays, people }) => [-recencyDays, people] as const));
  const frequency = fifths(buyers.map((one) => [one.frequency, one.people] as const));
  const monetary = fifths(buyers.map((one) => [one.monetary, one.people] as const));
  const byName = Map.groupBy(buyers, (one) => rfmName(recency(-one.recencyDays), frequency(one.frequency), monetary(one.monetary)));
  const sum = (list: readonly Buyers[], of: (one: Buyers) => number) => list.reduce((total, one) => total + one.people * of(one), 0);
  const all = sum(buyers, () => 1);
  return rfmNames.map((name) => {
    const group = byName.get(name) ?? [];
    const people = sum(group, () => 1);
    const mean = (of: (one: Buyers) => number) => (people === 0 ? 0 : sum(group, of) / people);
    const spent = group.reduce((total, one) => total + (one.spent ?? one.people * one.monetary), 0);
    return {
      name,
      people,
      share: all === 0 ? 0 : people / all,
      recencyDays: mean((one) => one.recencyDays),
      frequency: mean((one) => one.frequency),
      monetary: people === 0 ? 0 : spent / people,
      spent,
    };
  });
}
