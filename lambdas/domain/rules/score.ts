import { storableNumber } from '../storable.ts';

/**
 * An exponentially decaying score. `value` is what it was worth at `atMs`; at a later time t it is worth
 * value * 2^(-(t - atMs) / halfLifeMs), the law of radioactive decay. Adding events commutes, because each
 * contribution decays by itself, so late events need no history.
 */
export interface Score {
  value: number;
  atMs: number;
}

const decay = (elapsedMs: number, halfLifeMs: number): number => 2 ** (-elapsedMs / halfLifeMs);

/** What the score is worth at `nowMs`; times before `score.atMs` give its value at `score.atMs`. */
export function scoreAt(score: Score | undefined, nowMs: number, halfLifeMs: number): number {
  if (score === undefined) return 0;
  return storableNumber(score.value * decay(Math.max(0, nowMs - score.atMs), halfLifeMs));
}

/** Adds `points` for an event at `eventAtMs`; a late event adds what is left of its points. */
export function addPoints(score: Score | undefined, points: number, eventAtMs: number, halfLifeMs: number): Score {
  return mergeScores(score, { value: points, atMs: eventAtMs }, halfLifeMs);
}

/** The score of two histories together. Commutative and associative, up to rounding. */
export function mergeScores(a: Score | undefined, b: Score, halfLifeMs: number): Score {
  if (a === undefined) return b;
  const [earlier, later] = a.atMs <= b.atMs ? [a, b] : [b, a];
  return { value: storableNumber(later.value + earlier.value * decay(later.atMs - earlier.atMs, halfLifeMs)), atMs: later.atMs };
}

/**
 * The first whole millisecond at which the score is below `level`, if time alone passes: atMs + h * log2(value / level).
 * Infinity when the score is below already or never gets there (level <= 0).
 */
export function fallsBelowAtMs(score: Score | undefined, level: number, halfLifeMs: number): number {
  if (score === undefined || level <= 0 || score.value < level) return Infinity;
  const isBelow = (atMs: number) => scoreAt(score, atMs, halfLifeMs) < level;
  let atMs = Math.ceil(score.atMs + halfLifeMs * Math.log2(score.value / level));
  // The formula and the comparison round differently; what counts is the comparison.
  while (!isBelow(atMs)) atMs += 1;
  while (isBelow(atMs - 1)) atMs -= 1;
  return atMs;
}
