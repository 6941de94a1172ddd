import { describe, expect, test } from 'vitest';
import { seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';
import { exclusiveRegions, pairwiseOverlaps } from '../../../lambdas/domain/statistics/overlap.ts';

const names = ['buyers', 'fans', 'browsers', 'dormant', 'lucky'];

/** One person a row, so that a recount needs no arithmetic. */
function somePeople(): { segments: string[]; people: number }[] {
  const random = seeded(3);
  return Array.from({ length: 500 }, () => ({ segments: names.filter(() => random() < 0.4), people: 1 }));
}

describe('the regions of a Venn diagram', () => {
  test.each([1, 2, 3, 4])('of %d sets count each person once, where a recount finds them', (size) => {
    const people = somePeople();
    const sets = names.slice(0, size);
    const regions = exclusiveRegions(people, sets);
    expect(regions).toHaveLength(2 ** size - 1);
    for (const region of regions) {
      const there = people.filter(({ segments }) => sets.every((set) => segments.includes(set) === region.segments.includes(set)));
      expect(region.people).toBe(there.length);
    }
    expect(new Set(regions.map(({ segments }) => segments.join())).size).toBe(regions.length);
  });

  test('add up weights, and leave out who is in none of the sets', () => {
    const memberships = [
      { segments: ['fans'], people: 5 },
      { segments: ['fans', 'dormant'], people: 7 },
      { segments: ['dormant', 'buyers', 'fans'], people: 2 },
      { segments: ['lucky'], people: 100 },
      { segments: [], people: 50 },
    ];
    expect(exclusiveRegions(memberships, ['buyers', 'fans'])).toEqual([
      { segments: ['buyers'], people: 0 },
      { segments: ['fans'], people: 12 },
      { segments: ['buyers', 'fans'], people: 2 },
    ]);
  });

  test('refuse more sets than can be drawn, none, and the same twice', () => {
    expect(() => exclusiveRegions([], names)).toThrow('5 sets: a Venn diagram shows 1 to 4');
    expect(() => exclusiveRegions([], [])).toThrow(RangeError);
    expect(() => exclusiveRegions([], ['fans', 'fans'])).toThrow('named twice');
  });
});

describe('pairwise overlaps', () => {
  test('of ten people by hand', () => {
    const memberships = [{ segments: ['a'], people: 4 }, { segments: ['a', 'b'], people: 2 }, { segments: ['b', 'c', 'a'], people: 1 }, { segments: ['b'], people: 3 }];
    expect(pairwiseOverlaps(memberships, ['a', 'b', 'c', 'd'])).toEqual([
      { first: 'a', second: 'b', people: 3, jaccard: 3 / 10, ofFirst: 3 / 7, ofSecond: 3 / 6 },
      { first: 'a', second: 'c', people: 1, jaccard: 1 / 7, ofFirst: 1 / 7, ofSecond: 1 },
      { first: 'a', second: 'd', people: 0, jaccard: 0, ofFirst: 0, ofSecond: 0 },
      { first: 'b', second: 'c', people: 1, jaccard: 1 / 6, ofFirst: 1 / 6, ofSecond: 1 },
      { first: 'b', second: 'd', people: 0, jaccard: 0, ofFirst: 0, ofSecond: 0 },
      { first: 'c', second: 'd', people: 0, jaccard: 0, ofFirst: 0, ofSecond: 0 },
    ]);
  });

  test('are the sums of the regions that lie in both', () => {
    const people = somePeople();
    const sets = names.slice(0, 4);
    const regions = exclusiveRegions(people, sets);
    for (const { first, second, people: both } of pairwiseOverlaps(people, sets)) {
      const inBoth = regions.filter(({ segments }) => segments.includes(first) && segments.includes(second));
      expect(both).toBe(inBoth.reduce((sum, region) => sum + region.people, 0));
    }
  });
});
