import type { RecordTransition } from '../../lambdas/domain/profile/effects.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import { dayMs } from '../../lambdas/domain/time.ts';

export interface SizeRow {
  atMs: number;
  people: number;
  sizes: Record<string, number>;
}

export interface TransitionCount {
  /** `null` for people who were new. */
  from: string | null;
  to: string;
  count: number;
  /** How many of them time alone caused. */
  byTime: number;
}

/** Keeps count of who is in which segment when, and of all moves; they may come in any order. */
export class Ledger {
  readonly #segments: readonly string[];
  readonly #rowsAtMs: readonly number[];
  /** For each row, by how much each segment has grown since the row before. */
  readonly #growth: Map<string, number>[];
  readonly #moves = new Map<string, TransitionCount>();

  constructor(segments: readonly string[], rowsAtMs: readonly number[]) {
    this.#segments = segments;
    this.#rowsAtMs = rowsAtMs;
    this.#growth = rowsAtMs.map(() => new Map());
  }

  move({ from, to, cause, atMs }: RecordTransition): void {
    if (from !== null) this.#grow(from, -1, atMs);
    this.#grow(to, 1, atMs);
    const key = `${from ?? ''}>${to}`;
    const move = this.#moves.get(key) ?? { from, to, count: 0, byTime: 0 };
    move.count += 1;
    if (cause === 'time') move.byTime += 1;
    this.#moves.set(key, move);
  }

  /** An anonymous profile that becomes part of a known one is no longer somebody of its own. */
  leave({ segment }: Profile, atMs: number): void {
    if (segment) this.#grow(segment.name, -1, atMs);
  }

  /** Sizes at each row's instant, what happens at that instant included. */
  rows(): SizeRow[] {
    const sizes = Object.fromEntries(this.#segments.map((name) => [name, 0]));
    return this.#rowsAtMs.map((atMs, row) => {
      for (const [name, growth] of this.#growth[row] ?? []) sizes[name] = (sizes[name] ?? 0) + growth;
      return { atMs, people: Object.values(sizes).reduce((sum, size) => sum + size, 0), sizes: { ...sizes } };
    });
  }

  /** The largest first. */
  transitions(): TransitionCount[] {
    return [...this.#moves.values()].sort((a, b) => b.count - a.count);
  }

  wasReached(segment: string): boolean {
    return [...this.#moves.values()].some(({ to }) => to === segment);
  }

  #grow(segment: string, change: number, atMs: number): void {
    const growth = this.#growth[rowOf(this.#rowsAtMs, atMs)] as Map<string, number>;
    growth.set(segment, (growth.get(segment) ?? 0) + change);
  }
}

/** The first row that is not before an instant. */
function rowOf(rowsAtMs: readonly number[], atMs: number): number {
  let [low, high] = [0, rowsAtMs.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rowsAtMs[middle] as number) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * UTC midnights from the day after the start, and the end. A span of up to two weeks is shown by days, up to a year by
 * weeks, longer ones more coarsely, so that a table stays readable.
 */
export function rowTimesMs(startMs: number, endMs: number): number[] {
  const days = (endMs - startMs) / dayMs;
  const everyMs = (days <= 14 ? 1 : days <= 366 ? 7 : days <= 4 * 366 ? 28 : 364) * dayMs;
  const rows: number[] = [];
  for (let atMs = (Math.floor(startMs / dayMs) + 1) * dayMs; atMs < endMs; atMs += everyMs) rows.push(atMs);
  return [...rows, endMs];
}
