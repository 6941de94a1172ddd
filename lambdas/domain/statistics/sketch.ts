/** Relative error bound of a score that is read from a sketch. */
export const relativeError = 0.005;
const growth = (1 + relativeError) / (1 - relativeError);
const logGrowth = Math.log(growth);
/** Lower scores count as 0; 1 point gets there after twenty half-lives. */
export const leastScore = 1e-6;
const firstBin = Math.floor(Math.log(leastScore) / logGrowth);
const binsInAll = Math.ceil(Math.log(1e15) / logGrowth);

/** People with scores from `from` to below `until`. */
export interface Cell {
  from: number;
  until: number;
  people: number;
  /** Those of them who converted. */
  converted: number;
}

export interface PackedSketch {
  /** [people, converted] without a score. */
  none: [number, number];
  /** Number of the first bin. */
  first: number;
  /** By bin. */
  people: number[];
  converted: number[];
}

/**
 * How many people have which score, and how many of them converted, in bins whose edges grow geometrically: the sketch of
 * Masson, Rim and Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", VLDB 12 (2019). Its
 * bins are fixed, so sketches of parts of the people add up to the sketch of all, in any order, and it stays a few kilobytes
 * however many they are.
 */
export class ScoreSketch {
  #none: [people: number, converted: number] = [0, 0];
  readonly #bins = new Map<number, [people: number, converted: number]>();

  add(score: number, hasConverted = false): void {
    this.#addTo(score < leastScore ? undefined : Math.min(Math.floor(Math.log(score) / logGrowth), firstBin + binsInAll), 1, hasConverted ? 1 : 0);
  }

  merge(other: ScoreSketch): void {
    this.#addTo(undefined, ...other.#none);
    for (const [bin, [people, converted]] of other.#bins) this.#addTo(bin, people, converted);
  }

  #addTo(bin: number | undefined, people: number, converted: number): void {
    let counts = bin === undefined ? this.#none : this.#bins.get(bin);
    if (counts === undefined) this.#bins.set(bin as number, (counts = [0, 0]));
    counts[0] += people;
    counts[1] += converted;
  }

  /** Bins with anybody in them, by rising score; those without a score are in none. */
  cells(): Cell[] {
    return [...this.#bins]
      .sort(([a], [b]) => a - b)
      .map(([bin, [people, converted]]) => ({ from: growth ** bin, until: growth ** (bin + 1), people, converted }));
  }

  /** People with a score. */
  get people(): number {
    return this.cells().reduce((sum, { people }) => sum + people, 0);
  }

  /** Those of them who converted. */
  get converted(): number {
    return this.cells().reduce((sum, { converted }) => sum + converted, 0);
  }

  pack(): PackedSketch {
    const bins = [...this.#bins.keys()];
    const first = bins.length === 0 ? 0 : Math.min(...bins);
    const length = bins.length === 0 ? 0 : Math.max(...bins) - first + 1;
    const column = (place: 0 | 1) => Array.from({ length }, (_, index) => this.#bins.get(first + index)?.[place] ?? 0);
    return { none: this.#none, first, people: column(0), converted: column(1) };
  }

  static unpack({ none, first, people, converted }: PackedSketch): ScoreSketch {
    const sketch = new ScoreSketch();
    sketch.#none = [...none];
    people.forEach((count, index) => {
      if (count > 0) sketch.#bins.set(first + index, [count, converted[index] ?? 0]);
    });
    return sketch;
  }
}

/** The score in a bin that is at most `relativeError` from every other one in it. */
export const middleOf = ({ from, until }: Pick<Cell, 'from' | 'until'>): number => (2 * from * until) / (from + until);

/** The score that a share `p` of the people do not reach, by the lower of two order statistics. */
export function quantileOf(cells: readonly Cell[], p: number): number {
  const total = cells.reduce((sum, { people }) => sum + people, 0);
  if (total === 0) throw new RangeError('quantile of nobody');
  let left = Math.floor(p * (total - 1));
  const cell = cells.find(({ people }) => (left -= people) < 0) ?? (cells.at(-1) as Cell);
  return middleOf(cell);
}

/** Share of the people at or over a level, as if those of one bin lay evenly in it; 0 of nobody. */
export function shareOver(cells: readonly Cell[], level: number): number {
  const total = cells.reduce((sum, { people }) => sum + people, 0);
  const over = cells.reduce((sum, { from, until, people }) => sum + people * Math.min(1, Math.max(0, (until - level) / (until - from))), 0);
  return total === 0 ? 0 : over / total;
}
