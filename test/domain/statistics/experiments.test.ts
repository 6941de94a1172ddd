import { describe, expect, test } from 'vitest';
import { alphaOf, chanceToBeBetter, difference, inWords, leastConverted, revenueDifference, sampleRatio, sampleRatioLimit, verdict, type Arm } from '../../../lambdas/domain/statistics/experiments.ts';
import { chiSquareTail, logBeta, logGamma } from '../../../lambdas/domain/statistics/gamma.ts';

const arm = (people: number, converted: number, revenue = 0, revenueSquared = 0): Arm => ({ people, converted, revenue, revenueSquared });

/** Deterministic numbers in [0, 1): mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('special functions', () => {
  test('the gamma function at factorials and at one half', () => {
    for (const [x, factorial] of [[1, 1], [2, 1], [5, 24], [11, 3_628_800]] as const) expect(logGamma(x)).toBeCloseTo(Math.log(factorial), 10);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 10);
    expect(Math.exp(logBeta(2, 3))).toBeCloseTo(1 / 12, 12);
  });

  // Critical values as printed in every table of the distribution, such as NIST/SEMATECH e-Handbook 1.3.6.7.4.
  test.each([
    [3.841, 1, 0.05],
    [6.635, 1, 0.01],
    [10.828, 1, 0.001],
    [5.991, 2, 0.05],
    [7.815, 3, 0.05],
    [18.307, 10, 0.05],
    [29.588, 10, 0.001],
    [124.342, 100, 0.05],
  ])('the tail of chi-squared beyond %d with %d degrees of freedom is %d', (x, df, p) => expect(chiSquareTail(x, df)).toBeCloseTo(p, 4));

  test('two degrees of freedom are an exponential distribution', () => {
    for (const x of [0, 0.1, 1, 5, 20]) expect(chiSquareTail(x, 2)).toBeCloseTo(Math.exp(-x / 2), 12);
  });
});

describe('the sample ratio', () => {
  test('is Mendel\'s of 1866: 5,474 round and 1,850 wrinkled peas against 3 to 1', () => {
    // Chi-squared 0.263, as in Fisher's account of 1936.
    expect(sampleRatio([5474, 1850], [3, 1])).toBeCloseTo(0.608, 3);
  });

  test('blocks what Fabijan et al. show: 821,588 against 815,482 at one half each', () => {
    expect(sampleRatio([821_588, 815_482], [1, 1])).toBeLessThan(sampleRatioLimit);
    expect(sampleRatio([500, 520], [1, 1])).toBeGreaterThan(0.5);
  });

  test('says nothing of nobody', () => expect(sampleRatio([0, 0], [1, 1])).toBe(1));
});

describe('the chance to be better', () => {
  test('is a fraction where the integral can be done by hand', () => {
    expect(chanceToBeBetter(arm(0, 0), arm(0, 0))).toBeCloseTo(1 / 2, 12);
    expect(chanceToBeBetter(arm(0, 0), arm(1, 1))).toBeCloseTo(2 / 3, 12);
    expect(chanceToBeBetter(arm(0, 0), arm(1, 0))).toBeCloseTo(1 / 3, 12);
    expect(chanceToBeBetter(arm(1, 1), arm(1, 0))).toBeCloseTo(1 / 6, 12);
  });

  test('agrees with integrating the two distributions', () => {
    const [control, treated] = [arm(200, 20), arm(210, 30)];
    const density = ({ people, converted }: Arm, x: number) => Math.exp(converted * Math.log(x) + (people - converted) * Math.log(1 - x) - logBeta(converted + 1, people - converted + 1));
    const steps = 4000;
    let [below, chance] = [0, 0];
    for (let step = 0; step < steps; step += 1) {
      const x = (step + 0.5) / steps;
      below += density(control, x) / steps / 2;
      chance += (density(treated, x) * below) / steps;
      below += density(control, x) / steps / 2;
    }
    expect(chanceToBeBetter(control, treated)).toBeCloseTo(chance, 5);
  });

  test('of two arms sums to one', () => {
    const [a, b] = [arm(5000, 250), arm(5100, 281)];
    expect(chanceToBeBetter(a, b) + chanceToBeBetter(b, a)).toBeCloseTo(1, 8);
  });
});

describe('the difference', () => {
  test('has the mixture likelihood ratio of its definition', () => {
    const [control, treated] = [arm(1000, 100), arm(1000, 140)];
    const variance = 0.12 * 0.88 * (2 / 1000);
    // The ratio is the integral over effects d of N(d; 0, 0.02^2) * exp((2 * 0.04 * d - d^2) / (2 V)).
    let evidence = 0;
    const width = 1e-5;
    for (let d = -0.2; d < 0.2; d += width) evidence += (width * Math.exp(-(d ** 2) / (2 * 0.02 ** 2) + (0.08 * d - d ** 2) / (2 * variance))) / (0.02 * Math.sqrt(2 * Math.PI));
    const found = difference(control, treated);
    expect(found.estimate).toBeCloseTo(0.04, 12);
    expect(found.p).toBeCloseTo(1 / evidence, 5);
  });

  test('excludes zero just when its p-value is below the level', () => {
    for (let converted = 80; converted < 200; converted += 1) {
      const { from, to, p } = difference(arm(1000, 100), arm(1000, converted));
      expect(from > 0 || to < 0).toBe(p < 0.05);
    }
  });

  test('gives false alarms in at most 5 of 100 comparisons of the same, looking after every pair', () => {
    const random = seeded(7);
    const runs = 2000;
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      const counts = [0, 0];
      for (let people = 1; people <= 3000; people += 1) {
        for (const index of [0, 1]) if (random() < 0.1) counts[index]! += 1;
        if (Math.min(...counts) >= leastConverted && difference(arm(people, counts[0]!), arm(people, counts[1]!)).p < 0.05) {
          alarms += 1;
          break;
        }
      }
    }
    expect(alarms / runs).toBeLessThanOrEqual(0.05);
  });

  test('gives false alarms in at most 5 of 100 experiments with seven arms against a control, looking every 20 people', () => {
    const random = seeded(19);
    const runs = 500;
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      const counts = new Array<number>(8).fill(0);
      for (let people = 20; people <= 1000; people += 20) {
        for (let one = 0; one < 20; one += 1) counts.forEach((_, index) => random() < 0.2 && (counts[index]! += 1));
        const [control, ...treated] = counts.map((converted) => arm(people, converted)) as [Arm, ...Arm[]];
        if (Math.min(...counts) >= leastConverted && treated.some((one) => difference(control, one, alphaOf(treated.length)).p < alphaOf(treated.length))) {
          alarms += 1;
          break;
        }
      }
    }
    expect(alarms / runs).toBeLessThanOrEqual(0.05);
  });

  test('finds what is there: 10 against 14 percent, nearly always within 6,000 people each', () => {
    const random = seeded(11);
    let found = 0;
    for (let run = 0; run < 100; run += 1) {
      const counts = [0, 0];
      for (let people = 0; people < 6000; people += 1) [0.1, 0.14].forEach((share, index) => random() < share && (counts[index]! += 1));
      if (difference(arm(6000, counts[0]!), arm(6000, counts[1]!)).from > 0) found += 1;
    }
    expect(found).toBeGreaterThanOrEqual(95);
  });

  test('is anything when nobody converted', () => expect(difference(arm(10, 0), arm(10, 0))).toEqual({ estimate: 0, from: -1, to: 1, p: 1 }));
});

describe('revenue per person', () => {
  test('has the variance of the mean of the sample', () => {
    // 0, 0, 10, 30 and 10, 10, 20, 40: means 10 and 20, sample variances 200 and 200.
    const found = revenueDifference(arm(4, 2, 40, 1000), arm(4, 4, 80, 2200));
    expect([found.control, found.treated]).toEqual([10, 20]);
    expect(found.to - found.from).toBeCloseTo(2 * 1.959964 * Math.sqrt(200 / 4 + 200 / 4), 6);
  });
});

describe('a verdict', () => {
  test('is blocked by a wrong sample ratio, whatever the rates say', () => {
    const found = verdict(arm(1000, 100), arm(1000, 300), 1e-6);
    expect(found).toEqual({ kind: 'blocked', sampleRatioP: 1e-6 });
    expect(inWords('bold', 'calm', found)).toMatch(/^No verdict: .*p = 0\.0000010/);
  });

  test('waits for enough conversions', () => {
    expect(verdict(arm(50, leastConverted - 1), arm(50, 40), 1)).toEqual({ kind: 'too-few', needed: leastConverted });
  });

  test.each([
    [300, 'better', /^bold is better than holdout: \+20\.0 points \(\+\d+\.\d to \+\d+\.\d\); the chance that it is better is 100 percent/],
    [20, 'worse', /^bold is worse than holdout: −8\.0 points/],
    [104, 'undecided', /^bold converts \+0\.4 points \(−\d\.\d to \+\d\.\d\) against holdout/],
  ] as const)('%d of 1,000 against 100 is %s', (converted, kind, words) => {
    const found = verdict(arm(1000, 100), arm(1000, converted), 1);
    expect(found.kind).toBe(kind);
    expect(inWords('bold', 'holdout', found)).toMatch(words);
  });
});
