/** People for whom the rules of just these segments hold, before the order decides. */
export interface Membership {
  segments: readonly string[];
  people: number;
}

/** People who are in all of these sets, whatever else they are in. */
export const peopleIn = (memberships: readonly Membership[], ...sets: string[]): number =>
  memberships.reduce((sum, { segments, people }) => (sets.every((set) => segments.includes(set)) ? sum + people : sum), 0);

/** A Venn diagram of more sets is not readable. */
export const mostSets = 4;

export interface Region {
  /** The sets that people of this region are in; they are in none of the others. */
  segments: string[];
  people: number;
}

/**
 * The regions of a Venn diagram: how many people are in each combination of the sets, and in no other of them. Sets that are not asked for
 * are ignored, so a region of two sets is the sum of regions of three.
 * @param sets one to four
 * @returns all 2^n - 1 regions inside, also empty ones, in the order of a binary counter whose lowest digit is the first set
 * @throws RangeError for other numbers of sets, or one that is named twice
 */
export function exclusiveRegions(memberships: Iterable<Membership>, sets: readonly string[]): Region[] {
  if (sets.length < 1 || sets.length > mostSets) throw new RangeError(`${sets.length} sets: a Venn diagram shows 1 to ${mostSets}`);
  if (new Set(sets).size < sets.length) throw new RangeError(`a set is named twice in ${sets.join(', ')}`);
  const people = new Array<number>(2 ** sets.length).fill(0);
  for (const { segments, people: count } of memberships) people[maskOf(segments, sets)]! += count;
  return people.slice(1).map((count, index) => ({ segments: sets.filter((_, place) => ((index + 1) >> place) & 1), people: count }));
}

const maskOf = (segments: readonly string[], sets: readonly string[]): number =>
  sets.reduce((mask, set, place) => (segments.includes(set) ? mask | (1 << place) : mask), 0);

export interface Overlap {
  first: string;
  second: string;
  /** People in both, whatever else they are in. */
  people: number;
  /**
   * Share of those in either who are in both: Jaccard, "The Distribution of the Flora in the Alpine Zone", New Phytologist 11 (1912). 0 of
   * nobody.
   */
  jaccard: number;
  /** Share of the first who are also in the second, and the reverse; 0 without people. */
  ofFirst: number;
  ofSecond: number;
}

/** How much each two sets have in common; pairs in the order of the sets, once each. */
export function pairwiseOverlaps(memberships: readonly Membership[], sets: readonly string[]): Overlap[] {
  return sets.flatMap((first, place) =>
    sets.slice(place + 1).map((second) => {
      const [both, a, b] = [peopleIn(memberships, first, second), peopleIn(memberships, first), peopleIn(memberships, second)];
      return { first, second, people: both, jaccard: share(both, a + b - both), ofFirst: share(both, a), ofSecond: share(both, b) };
    }),
  );
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
