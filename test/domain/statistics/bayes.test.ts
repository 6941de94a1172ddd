import { describe, expect, test } from 'vitest';
import { chanceToBeBest, expectedLoss } from '../../../lambdas/domain/statistics/bayes.ts';
import { chanceToBeBetter } from '../../../lambdas/domain/statistics/experiments.ts';

const arm = (people: number, converted: number) => ({ people, converted });
const [a, b, c] = [arm(200, 20), arm(210, 30), arm(200, 25)] as const;

describe('the expected loss', () => {
  test('is a fraction where the integral can be done by hand', () => {
    // E max(0, y - x) of two uniform numbers is 1/6; with densities 2x and 2y it is 2/15; with 2x and 2(1 - y) it is 1/30.
    expect(expectedLoss(arm(0, 0), arm(0, 0))).toBeCloseTo(1 / 6, 12);
    expect(expectedLoss(arm(1, 1), arm(1, 1))).toBeCloseTo(2 / 15, 12);
    expect(expectedLoss(arm(1, 1), arm(1, 0))).toBeCloseTo(1 / 30, 12);
  });

  test("agrees with scipy's quadrature, for either choice", () => {
    expect(expectedLoss(a, b)).toBeCloseTo(0.043712850788585195, 9);
    expect(expectedLoss(b, a)).toBeCloseTo(0.0014468317338495634, 9);
  });

  test('of the two choices differs by the difference of the mean rates', () => {
    const [many, more] = [arm(50_000, 2500), arm(50_000, 2610)];
    expect(expectedLoss(many, more) - expectedLoss(more, many)).toBeCloseTo(2611 / 50_002 - 2501 / 50_002, 8);
  });
});

describe('the chance to be best', () => {
  test("of three arms agrees with scipy's quadrature", () => {
    const found = chanceToBeBest([a, b, c]);
    [0.053766171908308, 0.6649294762602953, 0.2813043518313977].forEach((chance, index) => expect(found[index]).toBeCloseTo(chance, 6));
  });

  test('of two arms is the exact one, with few people and with many', () => {
    for (const [one, other] of [[a, b], [arm(3, 0), arm(4, 4)], [arm(0, 0), arm(1, 1)], [arm(80_000, 4000), arm(80_000, 4090)], [arm(1_000_000, 20), arm(100, 50)], [arm(1_000_000, 300_000), arm(100, 33)], [arm(4_000_000, 4000), arm(500, 0)]] as const) {
      const [ofOne, ofOther] = chanceToBeBest([one, other]);
      expect(ofOther).toBeCloseTo(chanceToBeBetter(one, other), 5);
      expect(ofOne).toBeCloseTo(1 - chanceToBeBetter(one, other), 5);
    }
  });

  test('is equal for equal arms, and certain for one', () => {
    for (const chance of chanceToBeBest([c, c, c, c])) expect(chance).toBeCloseTo(1 / 4, 6);
    expect(chanceToBeBest([a])).toEqual([1]);
  });
});
