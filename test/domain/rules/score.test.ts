import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addPoints, passesAtMs, mergeScores, scoreAt, type Score } from '../../../lambdas/domain/rules/score.ts';

const day = 86_400_000;
const halfLife = 30 * day;
const contribution = fc.record({ points: fc.double({ min: 0.1, max: 100, noNaN: true }), atMs: fc.integer({ min: 0, max: 400 * day }) });
const scoreOf = (list: { points: number; atMs: number }[]): Score | undefined =>
  list.reduce<Score | undefined>((score, { points, atMs }) => addPoints(score, points, atMs, halfLife), undefined);

describe('a decaying score', () => {
  test('halves in one half-life, and quarters in two', () => {
    const score = addPoints(undefined, 10, 0, halfLife);
    expect(scoreAt(score, halfLife, halfLife)).toBeCloseTo(5, 12);
    expect(scoreAt(score, 2 * halfLife, halfLife)).toBeCloseTo(2.5, 12);
  });

  // Carbon-14: half-life 5,730 years; 10,000 years leave 29.83 % (0.5^(10000/5730)).
  test('follows the law of radioactive decay', () => {
    const year = 365.25 * day;
    expect(scoreAt({ value: 1, atMs: 0 }, 10_000 * year, 5730 * year)).toBeCloseTo(0.29829, 5);
  });

  test('does not grow when asked about a time before its last event', () => {
    expect(scoreAt({ value: 8, atMs: 10 * day }, 0, halfLife)).toBe(8);
  });

  test('is the sum of what is left of each event, in any order', () => {
    fc.assert(
      fc.property(fc.array(contribution, { minLength: 1, maxLength: 20 }), fc.integer({ min: 0, max: 100 * day }), (list, laterMs) => {
        const nowMs = 400 * day + laterMs;
        const expected = list.reduce((sum, { points, atMs }) => sum + points * 0.5 ** ((nowMs - atMs) / halfLife), 0);
        const shuffled = [...list].sort((a, b) => a.points - b.points);
        for (const order of [list, shuffled, [...list].reverse()]) {
          const value = scoreAt(scoreOf(order), nowMs, halfLife);
          expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, expected));
        }
      }),
    );
  });

  test('of two histories together is the score of all events', () => {
    fc.assert(
      fc.property(fc.array(contribution, { minLength: 1 }), fc.array(contribution, { minLength: 1 }), (one, other) => {
        const together = scoreOf([...one, ...other]) as Score;
        const merged = mergeScores(scoreOf(one), scoreOf(other) as Score, halfLife);
        expect(merged.atMs).toBe(together.atMs);
        expect(Math.abs(merged.value - together.value)).toBeLessThanOrEqual(1e-9 * together.value);
      }),
    );
  });

  test('passes a level at the millisecond that is named, and not before', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1000, noNaN: true }), fc.double({ min: 0.01, max: 1, noNaN: true }), (value, part) => {
        const level = value * part;
        const score = { value, atMs: 5 * day };
        const atMs = passesAtMs(score, level, halfLife);
        expect(scoreAt(score, atMs, halfLife)).toBeLessThan(level);
        expect(scoreAt(score, atMs - 1, halfLife)).toBeGreaterThanOrEqual(level);
        expect(Math.abs(atMs - (score.atMs + (halfLife * Math.log(1 / part)) / Math.LN2))).toBeLessThan(10);
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: -1000, max: -1, noNaN: true }), fc.double({ min: 1e-120, max: 0.99, noNaN: true }), (value, part) => {
        const [level, score] = [value * part, { value, atMs: 5 * day }];
        const atMs = passesAtMs(score, level, halfLife);
        expect(scoreAt(score, atMs, halfLife)).toBeGreaterThanOrEqual(level);
        expect(scoreAt(score, atMs - 1, halfLife)).toBeLessThan(level);
      }),
    );
    expect(passesAtMs({ value: 10, atMs: 0 }, 10, halfLife)).toBeGreaterThan(0);
    expect(passesAtMs({ value: 10, atMs: 0 }, 1e-120, halfLife)).toBeLessThan(1000 * halfLife);
    expect([[-10, -10], [-10, -20], [-10, 5], [10, -5], [-10, 0]].map(([value, level]) => passesAtMs({ value: value!, atMs: 0 }, level!, halfLife))).toEqual(Array(5).fill(Infinity));
    expect(passesAtMs({ value: 10, atMs: 0 }, 20, halfLife)).toBe(Infinity);
    expect(passesAtMs(undefined, 1, halfLife)).toBe(Infinity);
    expect(passesAtMs({ value: 10, atMs: 0 }, 0, halfLife)).toBe(Infinity);
  });
});
