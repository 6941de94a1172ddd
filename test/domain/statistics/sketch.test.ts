import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leastScore, quantileOf, relativeError, ScoreSketch, shareOver } from '../../../lambdas/domain/statistics/sketch.ts';

const person = fc.record({ score: fc.oneof(fc.constant(0), fc.double({ min: 1e-5, max: 1e6, noNaN: true })), converted: fc.boolean() });
const people = fc.array(person, { maxLength: 60 });
const sketchOf = (list: readonly { score: number; converted: boolean }[]): ScoreSketch => {
  const sketch = new ScoreSketch();
  for (const { score, converted } of list) sketch.add(score, converted);
  return sketch;
};

describe('a sketch of scores', () => {
  test('gives the quantiles of sorting, up to its relative error', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-5, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 80 }), fc.double({ min: 0, max: 1, noNaN: true }), (scores, p) => {
        const true_ = [...scores].sort((a, b) => a - b)[Math.floor(p * (scores.length - 1))] as number;
        const estimate = quantileOf(sketchOf(scores.map((score) => ({ score, converted: false }))).cells(), p);
        expect(Math.abs(estimate - true_) / true_).toBeLessThanOrEqual(relativeError * (1 + 1e-9));
      }),
    );
  });

  test('adds up, in any parts and order, and through JSON', () => {
    fc.assert(
      fc.property(people, people, (a, b) => {
        const merged = ScoreSketch.unpack(JSON.parse(JSON.stringify(sketchOf(b).pack())));
        merged.merge(sketchOf(a));
        expect(merged.pack()).toEqual(sketchOf([...a, ...b]).pack());
      }),
    );
  });

  test('counts people and conversions exactly, and those without a score apart', () => {
    fc.assert(
      fc.property(people, (list) => {
        const sketch = sketchOf(list);
        const scored = list.filter(({ score }) => score >= leastScore);
        expect([sketch.people, sketch.converted]).toEqual([scored.length, scored.filter(({ converted }) => converted).length]);
        expect(sketch.pack().none[0]).toBe(list.length - scored.length);
      }),
    );
  });

  test('tells the share at or over a level', () => {
    const cells = sketchOf([10, 20, 30, 40].map((score) => ({ score, converted: false }))).cells();
    expect([5, 25, 35, 50].map((level) => shareOver(cells, level))).toEqual([1, 0.5, 0.25, 0]);
    expect(shareOver([], 1)).toBe(0);
  });

  test('stays small: a hundred thousand people over six decades take as many bins as the error asks for', () => {
    const sketch = new ScoreSketch();
    for (let index = 0; index < 100_000; index += 1) sketch.add(10 ** ((index / 100_000) * 6 - 3));
    expect(sketch.cells().length).toBeLessThanOrEqual(Math.ceil((6 * Math.LN10) / Math.log((1 + relativeError) / (1 - relativeError))) + 1);
  });
});
