import { describe, expect, test } from 'vitest';
import { mcNemar } from '../../../lambdas/domain/statistics/mcnemar.ts';

describe("McNemar's test", () => {
  test('enumerates the tosses of a coin', () => {
    // Nine or ten heads of ten: 11 of 1,024.
    expect(mcNemar(9, 1).better).toBeCloseTo(11 / 1024, 14);
    expect(mcNemar(9, 1).p).toBeCloseTo(22 / 1024, 14);
    expect(mcNemar(1, 9).better).toBeCloseTo(1023 / 1024, 12);
    expect(mcNemar(3, 0)).toEqual({ better: expect.closeTo(1 / 8, 14), p: expect.closeTo(1 / 4, 14) });
    for (let heads = 0; heads <= 12; heads += 1) {
      let favourable = 0;
      for (let tosses = 0; tosses < 2 ** 12; tosses += 1) if (tosses.toString(2).replaceAll('0', '').length >= heads) favourable += 1;
      expect(mcNemar(heads, 12 - heads).better).toBeCloseTo(favourable / 2 ** 12, 12);
    }
  });

  test("is scipy's binomtest for the ratings of the prime minister in Agresti, Categorical Data Analysis, table 10.1: 150 against 86", () => {
    expect(mcNemar(150, 86).better / 1.8579680697856933e-5).toBeCloseTo(1, 8);
    expect(mcNemar(150, 86).p / 3.7159361395713866e-5).toBeCloseTo(1, 8);
  });

  test('has nothing to say when nobody tells the two apart', () => {
    expect(mcNemar(0, 0)).toEqual({ better: 1, p: 1 });
    expect(mcNemar(20, 20).p).toBe(1);
  });
});
