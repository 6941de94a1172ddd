import { stabilityIndex } from '../statistics/psi.ts';
import { middleOf, quantileOf, type Cell } from '../statistics/sketch.ts';

const tenths = Array.from({ length: 9 }, (_, index) => (index + 1) / 10);

/**
 * How far scores have moved since an earlier measure: the stability index over the tenths of the earlier scores.
 * @returns undefined when either measure has no people
 */
export function driftBetween(earlier: readonly Cell[], later: readonly Cell[]): number | undefined {
  if (earlier.length === 0 || later.length === 0) return undefined;
  // When many people share a score, several edges coincide.
  const edges = [...new Set(tenths.map((p) => quantileOf(earlier, p)))];
  return stabilityIndex(countsBetween(edges, earlier), countsBetween(edges, later));
}

function countsBetween(edges: readonly number[], cells: readonly Cell[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const cell of cells) {
    const place = edges.findIndex((edge) => middleOf(cell) <= edge);
    counts.splice(place, 1, (counts.at(place) as number) + cell.people);
  }
  return counts;
}
