import { leastStored, storableNumber } from '../storable.ts';

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
 * The first whole millisecond at which time alone takes the score past `level`: atMs + h * log2(value / level). Scores tend to 0, so one above
 * a positive level falls below it, and one below a negative level rises to it.
 * @returns Infinity when it never passes the level, or has passed it at `score.atMs`. A level of 0 is never passed: a score that tends to 0
 * gets there only by rounding, after hundreds of half-lives
 */
export function passesAtMs(score: Score | undefined, level: number, halfLifeMs: number): number {
  if (score === undefined || level === 0 || score.value / level < 1) return Infinity;
  // As a rule compares: at the level is not below it.
  const hasPassed = (atMs: number) => scoreAt(score, atMs, halfLifeMs) < level === level > 0;
  if (hasPassed(score.atMs)) return Infinity;
  let atMs = Math.ceil(score.atMs + halfLifeMs * Math.log2(Math.abs(score.value) / Math.max(Math.abs(level), leastStored)));
  // The formula and the comparison round differently; what counts is the comparison.
  while (!hasPassed(atMs)) atMs += 1;
  while (hasPassed(atMs - 1)) atMs -= 1;
  return atMs;
}
