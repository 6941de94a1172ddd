import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { classify, probabilityOf } from '../../../lambdas/domain/classifier/classify.ts';
import { beatsRule } from '../../../lambdas/domain/classifier/evaluate.ts';
import { sigmoid } from '../../../lambdas/domain/classifier/logistic.ts';
import { roleOf, SampleKeeper, type Sample } from '../../../lambdas/domain/classifier/samples.ts';
import { standardisation, trainClassifier, type Training } from '../../../lambdas/domain/classifier/train.ts';
import { agreement, confusionMatrix } from '../../../lambdas/domain/statistics/confusion.ts';
import { seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';
import { modelSchema, type Model } from '../../../lambdas/schemas/model.ts';

const options = { month: '2026-10', threshold: 'engaged' };

/** People whose conversion depends on two features; the rule looks at the first alone. @param second its weight in the log odds */
function people(seed: number, count: number, second: number): Sample[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, index) => {
    const features = { score: random() * 4, visits: random() * 4, same: 7 };
    return { userKey: `u#${seed}-${index}`, features, ruleAbove: features.score > 2, converted: random() < sigmoid(-2 + 0.5 * (features.score - 2) + second * (features.visits - 2)) };
  });
}

const trained = (training: Training) => {
  if (training.kind === 'refused') throw new Error(training.why);
  return training;
};

describe('training', () => {
  const samples = people(1, 6000, 1.5);
  const { model, evaluation } = trained(trainClassifier(samples, options));
  const test3 = samples.filter(({ userKey }) => roleOf(userKey) === 'test');

  test('makes a small model of the features that tell people apart, in JSON', () => {
    expect(model.features.map(({ name }) => name)).toEqual(['score', 'visits']);
    expect(z.parse(modelSchema, JSON.parse(JSON.stringify(model)))).toEqual(model);
    expect(JSON.stringify(model).length).toBeLessThan(700);
  });

  test('finds the probabilities that the people were made with', () => {
    for (const [score, visits] of [[1, 1], [2, 2], [3, 1], [1, 3], [3, 3]] as const) {
      const found = probabilityOf(model, { score, visits }) as number;
      expect(Math.abs(found - sigmoid(-2 + 0.5 * (score - 2) + 1.5 * (visits - 2)))).toBeLessThan(0.05);
    }
    expect(evaluation.calibrationError).toBeLessThan(0.04);
  });

  test('judges people whom it was not trained on, and none else', () => {
    expect(evaluation.people).toBe(test3.length);
    expect(evaluation.converted).toBe(test3.filter(({ converted }) => converted).length);
    const others = samples.map((sample) => (roleOf(sample.userKey) === 'test' ? { ...sample, converted: !sample.converted } : sample));
    expect(trained(trainClassifier(others, options)).model).toEqual(model);
  });

  test('puts as many above as the rule does, and leaves a fifth to it', () => {
    const sides = Object.groupBy(samples.filter(({ userKey }) => roleOf(userKey) !== 'test'), ({ features }) => classify(model, features).side);
    const all = samples.length - test3.length;
    expect((sides.abstain as Sample[]).length / all).toBeCloseTo(0.2, 2);
    const { model: sure } = trained(trainClassifier(samples, { ...options, abstainShare: 1e-9 }));
    const above = samples.filter(({ userKey, features }) => roleOf(userKey) !== 'test' && classify(sure, features).side === 'above').length;
    const byRule = samples.filter(({ userKey, ruleAbove }) => roleOf(userKey) !== 'test' && ruleAbove).length;
    expect(Math.abs(above - byRule)).toBeLessThanOrEqual(1);
  });

  test('counts what a recount finds', () => {
    const decisions = test3.map((sample) => ({ ...sample, answer: classify(model, sample.features).side }));
    const above = (one: (typeof decisions)[number]) => (one.answer === 'abstain' ? one.ruleAbove : one.answer === 'above');
    const count = (is: (one: (typeof decisions)[number]) => boolean) => decisions.filter(is).length;
    expect(evaluation).toMatchObject({
      decided: count(({ answer }) => answer !== 'abstain'),
      onlyModelRight: count((one) => above(one) === one.converted && one.ruleAbove !== one.converted),
      onlyRuleRight: count((one) => above(one) !== one.converted && one.ruleAbove === one.converted),
      modelHits: count((one) => above(one) && one.converted),
      ruleHits: count((one) => one.ruleAbove && one.converted),
    });
    const right = (cells: typeof evaluation.outcomeAgainstModel) => agreement(confusionMatrix(['above', 'below'], cells)) as number;
    expect(right(evaluation.outcomeAgainstModel) - right(evaluation.outcomeAgainstRule)).toBeCloseTo((evaluation.onlyModelRight - evaluation.onlyRuleRight) / evaluation.people, 12);
    expect(right(evaluation.ruleAgainstModel)).toBeCloseTo(1 - (evaluation.onlyModelRight + evaluation.onlyRuleRight) / evaluation.people, 12);
    const bound = Math.sqrt((model.above / (1 - model.above)) * (model.below / (1 - model.below)));
    const rightAlone = count(({ features, converted }) => {
      const probability = probabilityOf(model, features) as number;
      return probability / (1 - probability) >= bound === converted;
    });
    expect(evaluation.coverage.at(-1)).toMatchObject({ coverage: 1, accuracy: rightAlone / test3.length });
    expect(evaluation.coverage[0]?.accuracy).toBeGreaterThan(rightAlone / test3.length + 0.05);
    const rates = [true, false].map((side) => samples.filter(({ userKey, ruleAbove }) => roleOf(userKey) !== 'test' && ruleAbove === side)).map((list) => (list.filter(({ converted }) => converted).length + 1) / (list.length + 2));
    expect(evaluation.ruleBrier).toBeCloseTo(test3.reduce((sum, { ruleAbove, converted }) => sum + ((rates[ruleAbove ? 0 : 1] as number) - Number(converted)) ** 2, 0) / test3.length, 12);
  });

  test('does not depend on the order in which people came to the keeper', () => {
    const keepers = [samples, samples.toReversed()].map((list) => {
      const keeper = new SampleKeeper<Sample>(2000);
      list.forEach((sample) => keeper.add(sample));
      return keeper.list();
    });
    expect(trainClassifier(keepers[0]!, options)).toEqual(trainClassifier(keepers[1]!, options));
  });

  test('refuses what nothing can be learnt from', () => {
    const refused = (list: readonly Sample[]) => trainClassifier(list, options);
    expect(refused(samples.slice(0, 499))).toEqual({ kind: 'refused', why: 'too-few-people' });
    expect(refused(samples.map((sample) => ({ ...sample, converted: false })))).toEqual({ kind: 'refused', why: 'too-few-conversions' });
    expect(refused(samples.map((sample) => ({ ...sample, converted: true })))).toEqual({ kind: 'refused', why: 'too-few-conversions' });
    expect(refused(samples.map((sample) => ({ ...sample, ruleAbove: true })))).toEqual({ kind: 'refused', why: 'one-sided' });
    expect(refused(samples.map((sample) => ({ ...sample, features: { same: 1 } })))).toEqual({ kind: 'refused', why: 'no-features' });
    expect(() => refused([...samples, ...people(9, 50, 1).map((sample) => ({ ...sample, features: { score: 1, same: 1 } }))])).toThrow('a sample has no feature visits');
  });

  test('keeps weights small by the penalty, whose default is not none', () => {
    const weights = (lambda?: number) => trained(trainClassifier(samples, { ...options, ...(lambda !== undefined && { lambda }) })).model.features.map(({ weight }) => Math.abs(weight));
    const [free, usual, tight] = [weights(0), weights(), weights(1e5)];
    free.forEach((weight, place) => {
      expect(usual[place]).toBeLessThan(weight);
      expect(tight[place]).toBeLessThan(weight / 10);
    });
  });

  test('standardises with the deviation of all people', () => {
    expect(standardisation([2, 4, 4, 4, 5, 5, 7, 9].map((a) => ({ features: { a, b: 3 } })))).toEqual([{ name: 'a', mean: 5, scale: 2 }]);
  });
});

describe('beating the rule', () => {
  const even = { onlyModelRight: 20, onlyRuleRight: 20, brier: 0.1, ruleBrier: 0.12, modelHits: 50, ruleHits: 50 };

  test('takes significance, better probabilities and no fewer hits', () => {
    expect(beatsRule({ ...even, onlyModelRight: 40 })).toEqual({ beats: true, p: expect.closeTo(0.0067, 4), missing: [] });
    expect(beatsRule(even).missing).toEqual(['significance']);
    expect(beatsRule({ ...even, onlyModelRight: 40, brier: 0.12 }).missing).toEqual(['brier']);
    expect(beatsRule({ ...even, onlyModelRight: 40, modelHits: 49 }).missing).toEqual(['hits']);
    expect(beatsRule({ ...even, onlyModelRight: 40 }, 0.001).beats).toBe(false);
  });

  test('comes true where the model knows something that the rule does not', () => {
    const wins = [21, 22, 23, 24, 25].filter((seed) => beatsRule(trained(trainClassifier(people(seed, 4000, 1.5), options)).evaluation).beats);
    expect(wins).toHaveLength(5);
  });

  test('seldom comes true by chance: at most 5 of 100 times where all that can be known is what the rule knows', () => {
    let wins = 0;
    for (let seed = 100; seed < 300; seed += 1) {
      const random = seeded(seed);
      const samples = Array.from({ length: 800 }, (_, index): Sample => {
        const ruleAbove = random() < 0.4;
        const features = { rule: ruleAbove ? 1 : 0, noise: random(), more: random() };
        return { userKey: `u#${seed}-${index}`, features, ruleAbove, converted: random() < (ruleAbove ? 0.4 : 0.15) };
      });
      if (beatsRule(trained(trainClassifier(samples, options)).evaluation).beats) wins += 1;
    }
    expect(wins).toBeLessThanOrEqual(10);
  });
});

describe('classifying', () => {
  const model: Model = { month: '2026-10', threshold: 'engaged', intercept: -1, features: [{ name: 'a', mean: 2, scale: 4, weight: 3 }], calibration: { slope: 0.5, offset: 0.25 }, above: 0.6, below: 0.4 };

  test('calibrates the weighted sum of standardised features', () => {
    expect(probabilityOf(model, { a: 6 })).toBeCloseTo(sigmoid(0.5 * (-1 + 3) + 0.25), 12);
  });

  test('abstains between the bounds, and decides at them', () => {
    expect(classify(model, { a: 6 })).toEqual({ side: 'above', probability: expect.closeTo(0.777, 3) });
    expect(classify(model, { a: 0 })).toEqual({ side: 'below', probability: expect.closeTo(0.269, 3) });
    expect(classify(model, { a: 3 })).toEqual({ side: 'abstain', why: 'uncertain', probability: expect.closeTo(0.531, 3) });
    const probability = probabilityOf(model, { a: 3 }) as number;
    expect(classify({ ...model, above: probability }, { a: 3 }).side).toBe('above');
    expect(classify({ ...model, below: probability }, { a: 3 }).side).toBe('below');
  });

  test('abstains when it was trained on what the config does not have any more', () => {
    expect(classify(model, { b: 1 })).toEqual({ side: 'abstain', why: 'features' });
    expect(classify(model, { a: NaN })).toEqual({ side: 'abstain', why: 'features' });
  });
});

describe('samples', () => {
  const list = people(5, 5000, 1);

  test('are split by the person, three fifths, one and one', () => {
    const share = (role: string) => list.filter(({ userKey }) => roleOf(userKey) === role).length / list.length;
    expect([share('train'), share('calibrate'), share('test')]).toEqual([expect.closeTo(0.6, 1), expect.closeTo(0.2, 1), expect.closeTo(0.2, 1)]);
    expect(Math.abs(share('train') - 0.6)).toBeLessThan(0.03);
  });

  test('that go on from others are the sample of all, in any order, and an even one', () => {
    const whole = new SampleKeeper<Sample>(100);
    list.forEach((sample) => whole.add(sample));
    let resumed = new SampleKeeper<Sample>(100);
    for (const slice of [list.slice(3000), list.slice(0, 10), list.slice(10, 3000)]) {
      resumed = new SampleKeeper(100, resumed.list());
      slice.forEach((sample) => resumed.add(sample));
    }
    expect(resumed.list()).toEqual(whole.list());
    expect(whole.list()).toHaveLength(100);
    // The place of a person in the list says nothing of being chosen.
    const early = whole.list().filter((sample) => list.indexOf(sample) < 2500).length;
    expect(early).toBeGreaterThan(30);
    expect(early).toBeLessThan(70);
  });
});
