import { middleOf, ScoreSketch, type PackedSketch } from './sketch.ts';

export interface PackedScores {
  sum: number;
  sketch: PackedSketch;
}

export interface ScoreSummary {
  people: number;
  mean: number;
  /** Quantiles, people without a score included as 0; off by at most the relative error of the sketch. */
  lowest10: number;
  median: number;
  highest10: number;
}

/** Scores of some people, as sums that add up to those of all, in any order. */
export class ScoreSums {
  #sum = 0;
  readonly #sketch = new ScoreSketch();

  add(score: number): void {
    this.#sum += score;
    this.#sketch.add(score);
  }

  merge(other: ScoreSums): void {
    this.#sum += other.#sum;
    this.#sketch.merge(other.#sketch);
  }

  pack(): PackedScores {
    return { sum: this.#sum, sketch: this.#sketch.pack() };
  }

  static unpack({ sum, sketch }: PackedScores): ScoreSums {
    const sums = new ScoreSums();
    sums.#sum = sum;
    sums.#sketch.merge(ScoreSketch.unpack(sketch));
    return sums;
  }

  /** @returns undefined without people */
  summary(): ScoreSummary | undefined {
    const [none] = this.#sketch.pack().none;
    const cells = this.#sketch.cells();
    const people = none + this.#sketch.people;
    if (people === 0) return undefined;
    const at = (p: number): number => {
      let left = Math.floor(p * (people - 1)) - none;
      const cell = left < 0 ? undefined : cells.find((one) => (left -= one.people) < 0);
      return cell === undefined ? 0 : middleOf(cell);
    };
    return { people, mean: this.#sum / people, lowest10: at(0.1), median: at(0.5), highest10: at(0.9) };
  }
}

/** How a score develops, by cohort: the people who were first seen in one month, looked at in each month after it. */
export class Cohorts {
  readonly #sums = new Map<string, ScoreSums>();

  /** @param cohort,month such as 2026-11 */
  add(cohort: string, month: string, score: number): void {
    this.#of(cohort, month).add(score);
  }

  merge(other: Cohorts): void {
    for (const { cohort, month, scores } of other.pack()) this.#of(cohort, month).merge(ScoreSums.unpack(scores));
  }

  #of(cohort: string, month: string): ScoreSums {
    const key = `${cohort} ${month}`;
    let sums = this.#sums.get(key);
    if (sums === undefined) this.#sums.set(key, (sums = new ScoreSums()));
    return sums;
  }

  /** In the order of cohorts, then months. */
  rows(): (ScoreSummary & { cohort: string; month: string })[] {
    return this.#inOrder().flatMap(([cohort, month, sums]) => {
      const summary = sums.summary();
      return summary === undefined ? [] : [{ cohort, month, ...summary }];
    });
  }

  /** As plain JSON. */
  pack(): { cohort: string; month: string; scores: PackedScores }[] {
    return this.#inOrder().map(([cohort, month, sums]) => ({ cohort, month, scores: sums.pack() }));
  }

  static unpack(packed: ReturnType<Cohorts['pack']>): Cohorts {
    const cohorts = new Cohorts();
    for (const { cohort, month, scores } of packed) cohorts.#of(cohort, month).merge(ScoreSums.unpack(scores));
    return cohorts;
  }

  #inOrder(): [cohort: string, month: string, sums: ScoreSums][] {
    return [...this.#sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, sums]) => [...(key.split(' ') as [string, string]), sums]);
  }
}
