import type { RecordTransition } from '../../lambdas/domain/profile/effects.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import type { Plan } from '../../lambdas/domain/plan/plan.ts';
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

/** What a ledger has counted. */
export interface LedgerCounts {
  /** For each row, by how much each segment has grown since the row before. */
  growth: Map<string, number>[];
  moves: Map<string, TransitionCount>;
}

/** Keeps count of who is in which segment when, and of all moves; they may come in any order. */
export class Ledger {
  readonly #segments: readonly string[];
  readonly #rowsAtMs: readonly number[];
  readonly counts: LedgerCounts;

  constructor(segments: readonly string[], rowsAtMs: readonly number[]) {
    this.#segments = segments;
    this.#rowsAtMs = rowsAtMs;
    this.counts = { growth: rowsAtMs.map(() => new Map()), moves: new Map() };
  }

  move({ from, to, cause, atMs }: RecordTransition): void {
    if (from !== null) this.#grow(from, -1, atMs);
    this.#grow(to, 1, atMs);
    this.#addMove({ from, to, count: 1, byTime: cause === 'time' ? 1 : 0 });
  }

  /** An anonymous profile that becomes part of a known one is no longer somebody of its own. */
  leave({ segment }: Profile, atMs: number): void {
    if (segment) this.#grow(segment.name, -1, atMs);
  }

  /** Adds what another ledger with the same rows has counted. */
  add({ growth, moves }: LedgerCounts): void {
    for (const [row, changes] of growth.entries()) for (const [segment, change] of changes) this.#growRow(row, segment, change);
    for (const move of moves.values()) this.#addMove(move);
  }

  /** Sizes at each row's instant, what happens at that instant included. */
  rows(): SizeRow[] {
    const sizes = Object.fromEntries(this.#segments.map((name) => [name, 0]));
    return this.#rowsAtMs.map((atMs, row) => {
      for (const [name, growth] of this.counts.growth[row] ?? []) sizes[name] = (sizes[name] ?? 0) + growth;
      return { atMs, people: Object.values(sizes).reduce((sum, size) => sum + size, 0), sizes: { ...sizes } };
    });
  }

  /** The largest first; equal ones by name, so that the order in which people are replayed does not show. */
  transitions(): TransitionCount[] {
    return [...this.counts.moves].sort(([keyA, a], [keyB, b]) => b.count - a.count || (keyA < keyB ? -1 : 1)).map(([, move]) => move);
  }

  wasReached(segment: string): boolean {
    return [...this.counts.moves.values()].some(({ to }) => to === segment);
  }

  #grow(segment: string, change: number, atMs: number): void {
    this.#growRow(rowOf(this.#rowsAtMs, atMs), segment, change);
  }

  #growRow(row: number, segment: string, change: number): void {
    const growth = this.counts.growth[row] as Map<string, number>;
    growth.set(segment, (growth.get(segment) ?? 0) + change);
  }

  #addMove({ from, to, count, byTime }: TransitionCount): void {
    const key = `${from ?? ''}>${to}`;
    const move = this.counts.moves.get(key) ?? { from, to, count: 0, byTime: 0 };
    move.count += count;
    move.byTime += byTime;
    this.counts.moves.set(key, move);
  }
}

export function emptyLedger({ segments, config }: Plan, startMs: number, untilMs: number): Ledger {
  return new Ledger([...segments.map(({ name }) => name), config.fallback.name], rowTimesMs(startMs, untilMs));
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
