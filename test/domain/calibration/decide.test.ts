import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../../lambdas/domain/calibration/decide.ts';
import { driftBetween } from '../../../lambdas/domain/calibration/drift.ts';
import { measureProfile, mergeMeasures, noMeasure, packMeasure, unpackMeasure, type Measure } from '../../../lambdas/domain/calibration/measure.ts';
import { Moves } from '../../../lambdas/domain/calibration/moves.ts';
import { mostProfitable } from '../../../lambdas/domain/calibration/profit.ts';
import { keepOrder } from '../../../lambdas/domain/calibration/tiers.ts';
import { isHeldOut } from '../../../lambdas/domain/campaigns/holdout.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../../lambdas/domain/profile/profile.ts';
import { seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';
import { ScoreSketch, type Cell } from '../../../lambdas/domain/statistics/sketch.ts';
import { signalId } from '../../../lambdas/domain/rules/signals.ts';
import type { Decision, ThresholdChange } from '../../../lambdas/domain/rules/thresholds.ts';
import type { Config, ConfigInput } from '../../../lambdas/schemas/config.ts';
import type { Model } from '../../../lambdas/schemas/model.ts';
import { bookstorePlan, configWith, dayMs } from '../../support/events.ts';
import { recencyModel } from '../../support/learning.ts';

const monthMs = Date.UTC(2026, 9, 1);
const nowMs = Date.UTC(2026, 10, 1, 3);
type Rule = NonNullable<NonNullable<ConfigInput['thresholds']>[string]['calibrate']>;

const config = (rule: Partial<Rule> = {}, more: Partial<ConfigInput> = {}): Config =>
  configWith({ thresholds: { engaged: { score: 'engagement', enter: 50, exit: 40, calibrate: { targetShare: 0.1, minSample: 200, maxStep: 0.5, ...rule } } }, ...more });

/** A person with a score at the start of the month that is still the same now, as far as one can. */
const person = (userKey: string, score: number, converted = 0, mailed = false): Profile => ({
  ...emptyProfile(userKey),
  scores: { engagement: { value: score, atMs: nowMs } },
  outcomes: [{ monthMs, scores: { engagement: score }, converted, revenue: 0, mailed }],
});

function measureOf(made: Config, people: readonly Profile[]): Measure {
  const plan = compilePlan(made);
  const measure = noMeasure(plan);
  for (const one of people) measureProfile(measure, plan, one, { nowMs, monthMs });
  return measure;
}

/** 1000 people with the scores 0.1, 0.2, ... 100: the top tenth begins at 90. */
const evenly = Array.from({ length: 1000 }, (_, index) => person(`u#${index}`, (index + 1) / 10));
const decided = (made: Config, people: readonly Profile[], enter = 50, earlier?: Measure) =>
  decide(made, { engaged: { enter, exit: enter * 0.8 } }, measureOf(made, people), earlier, seeded(1));

describe('a threshold by target share', () => {
  test('moves to the score that the share reaches, and its exit in proportion', () => {
    const { values, changes } = decided(config(), evenly, 80);
    expect(Math.abs((values.engaged?.enter ?? 0) - 90)).toBeLessThanOrEqual(0.006 * 90);
    expect((values.engaged?.exit ?? 0) / (values.engaged?.enter ?? 1)).toBeCloseTo(0.8, 12);
    expect(changes).toEqual([expect.objectContaining({ from: 80, method: 'target-share', decision: 'moved', sampleSize: 1000 })]);
    expect(changes[0]?.shareBefore).toBeCloseTo(0.2, 1);
    expect(changes[0]?.shareAfter).toBeCloseTo(0.1, 2);
  });

  test('goes no further than one step', () => {
    expect(decided(config({ maxStep: 0.2 }), evenly).values).toEqual({ engaged: { enter: 60, exit: 48 } });
    expect(decided(config({ maxStep: 0.2 }), evenly).changes[0]).toMatchObject({ decision: 'step-limited' });
    expect(decided(config({ maxStep: 0.2 }), evenly, 500).values.engaged?.enter).toBe(400);
  });

  test('stays when too few people are known', () => {
    const { values, changes } = decided(config(), evenly.slice(0, 199));
    expect(values).toEqual({ engaged: { enter: 50, exit: 40 } });
    expect(changes[0]).toMatchObject({ decision: 'sample-too-small', sampleSize: 199 });
  });

  test('stays when the data do not tell the old value from the new one', () => {
    const { values, changes } = decided(config(), evenly, 89.2);
    expect(values.engaged?.enter).toBe(89.2);
    expect(changes[0]?.decision).toBe('within-interval');
    // Ten thousand times as many people tell them apart.
    const many = measureOf(config(), evenly);
    for (let doubling = 0; doubling < 13; doubling += 1) mergeMeasures(many, unpackMeasure(packMeasure(many)));
    expect(decide(config(), { engaged: { enter: 89.2, exit: 71 } }, many, undefined, seeded(1)).changes[0]?.decision).toBe('moved');
  });

  test('stays while the scores have drifted, and says what it would have done', () => {
    const before = measureOf(config(), Array.from({ length: 1000 }, (_, index) => person(`u#${index}`, (index + 1) / 20)));
    const { values, changes } = decided(config(), evenly, 80, before);
    expect(values.engaged?.enter).toBe(80);
    expect(changes[0]).toMatchObject({ decision: 'frozen' });
    expect(changes[0]?.psi).toBeGreaterThan(0.25);
    expect(changes[0]?.wanted).toBeCloseTo(90, -1);
    expect(decided(config({ psiFreeze: 100 }), evenly, 80, before).changes[0]?.decision).toBe('moved');
    expect(decided(config(), evenly, 80, measureOf(config(), evenly)).changes[0]).toMatchObject({ psi: 0, decision: 'moved' });
  });

  test('does not move without a rule for it', () => {
    const fixed = configWith({ thresholds: { engaged: { score: 'engagement', enter: 50, exit: 40 } } });
    expect(decided(fixed, evenly).changes[0]).toMatchObject({ decision: 'fixed', from: 50, to: 50 });
  });
});

describe('a threshold by expected profit', () => {
  // Of ten people with a score below 60, one converts; of ten above, five. A conversion is worth 10, a person costs 3.
  const buyers = evenly.map((one, index) => person(one.userKey, (index + 1) / 10, index % 10 < (index < 600 ? 1 : 5) ? 1 : 0, index % 2 === 0));
  const profit = { perConversion: 10, perPerson: 3 };

  test('moves to where conversion is worth the cost', () => {
    const { changes } = decided(config({ profit }), buyers);
    expect(changes[0]).toMatchObject({ method: 'profit', basis: 'everybody', sampleSize: 1000, converted: 260, mailedShare: 0.5, decision: 'moved' });
    expect(changes[0]?.to).toBeCloseTo(60, -0.4);
    expect(changes[0]?.interval?.low).toBeLessThanOrEqual(changes[0]?.wanted ?? 0);
  });

  test('needs conversions; with few, the target share decides', () => {
    expect(decided(config({ profit, minEvents: 261 }), buyers).changes[0]).toMatchObject({ method: 'target-share', converted: 260 });
    expect(decided(config({ profit, minEvents: 260 }), buyers).changes[0]).toMatchObject({ method: 'profit' });
  });

  test('looks at the holdout alone once it is large enough', () => {
    const made = config({ profit, minEvents: 20 }, { holdout: 0.3 });
    // What is mailed converts whatever its score; what is not, only from 60 on.
    const treated = evenly.map((one, index) => {
      const isControl = isHeldOut(one.userKey, 0.3);
      return person(one.userKey, (index + 1) / 10, isControl ? (index >= 600 ? 1 : 0) : 1, !isControl);
    });
    const held = treated.filter(({ userKey }) => isHeldOut(userKey, 0.3)).length;
    expect(held).toBeGreaterThan(200);
    const { changes } = decided(made, treated);
    expect(changes[0]).toMatchObject({ basis: 'holdout', sampleSize: held, mailedShare: 0 });
    expect(changes[0]?.wanted).toBeCloseTo(60, -0.4);
    expect(decided(config({ profit, minEvents: 20, minSample: held + 1 }, { holdout: 0.3 }), treated).changes[0]).toMatchObject({ basis: 'everybody' });
  });

  const cell = fc.record({ people: fc.integer({ min: 1, max: 20 }), rate: fc.double({ min: 0, max: 1, noNaN: true }) });
  test('is the best of all thresholds under a brute-force isotonic fit', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 10 }), fc.integer({ min: 1, max: 30 }), (list, perPerson) => {
        const cells: Cell[] = list.map(({ people, rate }, index) => ({ from: index + 1, until: index + 2, people, converted: Math.round(people * rate) }));
        const rule = { perConversion: 20, perPerson };
        const mean = (from: number, until: number) => {
          const part = cells.slice(from, until);
          return part.reduce((sum, { converted }) => sum + converted, 0) / part.reduce((sum, { people }) => sum + people, 0);
        };
        const fit = cells.map((_, i) => Math.max(...cells.slice(0, i + 1).map((_no, j) => Math.min(...cells.slice(i).map((_none, k) => mean(j, i + k + 1))))));
        const profitFrom = (level: number) => cells.reduce((sum, { from, people }, index) => (from >= level ? sum + people * ((fit[index] as number) * rule.perConversion - rule.perPerson) : sum), 0);
        const best = Math.max(...[...cells.map(({ from }) => from), cells.length + 1].map(profitFrom));
        expect(profitFrom(mostProfitable(cells, rule))).toBeCloseTo(best, 8);
      }),
    );
  });

  test('leaves everybody out when nobody is worth the cost', () => {
    expect(mostProfitable([{ from: 1, until: 2, people: 10, converted: 1 }], { perConversion: 10, perPerson: 1 })).toBe(2);
    expect(mostProfitable([{ from: 1, until: 2, people: 10, converted: 2 }], { perConversion: 10, perPerson: 1 })).toBe(1);
  });
});

describe('thresholds of one score', () => {
  const tiers = { thresholds: { warm: { score: 'engagement', enter: 20, exit: 16 }, hot: { score: 'engagement', enter: 50, exit: 40 }, top: { score: 'engagement', enter: 90, exit: 80 } } } as unknown as Config;
  const change = (threshold: string, from: number, to: number, decision: Decision = 'moved'): ThresholdChange => ({ threshold, from, to, sampleSize: 1, shareBefore: 0, shareAfter: 0, decision });
  const order = (...changes: ThresholdChange[]) => keepOrder(tiers, changes).map(({ to, decision }) => [to, decision]);

  test('meet where they would pass each other', () => {
    expect(order(change('warm', 20, 60), change('hot', 50, 40))).toEqual([[50, 'order-limited'], [50, 'order-limited']]);
    expect(order(change('hot', 50, 40), change('warm', 20, 30))).toEqual([[40, 'moved'], [30, 'moved']]);
  });

  test('stop at one that stays', () => {
    expect(order(change('warm', 20, 60), change('hot', 50, 50, 'fixed'), change('top', 90, 45))).toEqual([[50, 'order-limited'], [50, 'fixed'], [50, 'order-limited']]);
  });

  test('keep their order whatever the fits ask for', () => {
    const to = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(to, to, to, fc.constantFrom('warm', 'hot', 'top', ''), (a, b, c, still) => {
        const wanted: [string, number, number][] = [['warm', 20, a], ['hot', 50, b], ['top', 90, c]];
        const levels = keepOrder(tiers, wanted.map(([name, from, value]) => change(name, from, name === still ? from : value))).map((one) => one.to);
        expect([...levels].sort((x, y) => x - y)).toEqual(levels);
      }),
    );
  });
});

describe('drift', () => {
  const cellsOf = (scores: readonly number[]) => {
    const sketch = new ScoreSketch();
    for (const score of scores) sketch.add(score);
    return sketch.cells();
  };
  const even = Array.from({ length: 1000 }, (_, index) => index + 1);

  test('is nothing between equal scores, and large when half of them are gone', () => {
    expect(driftBetween(cellsOf(even), cellsOf(even))).toBeCloseTo(0, 9);
    // Tenths of the earlier scores: five of 0.2 and five of (almost) 0 instead of 0.1 each.
    const half = driftBetween(cellsOf(even), cellsOf(even.slice(0, 500)));
    expect(half).toBeCloseTo(5 * 0.1 * Math.log(2) + 5 * (0.1 - 0.001) * Math.log(100), 1);
  });

  test('is not known without people', () => {
    expect(driftBetween([], cellsOf(even))).toBeUndefined();
    expect(driftBetween(cellsOf(even), [])).toBeUndefined();
  });

  test('finds nothing odd in many people with one score', () => {
    expect(driftBetween(cellsOf(new Array<number>(100).fill(7)), cellsOf(new Array<number>(300).fill(7)))).toBeLessThan(0.02);
  });
});

describe('a measure', () => {
  test('adds up, in any parts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: 0, max: 200, noNaN: true }), fc.nat({ max: 2 }), fc.boolean()), { maxLength: 30 }), fc.nat({ max: 30 }), (list, cut) => {
        const people = list.map(([score, converted, mailed], index) => person(`u#${index}`, score, converted, mailed));
        const made = config({}, { holdout: 0.4 });
        const [first, second] = [measureOf(made, people.slice(0, cut)), unpackMeasure(JSON.parse(JSON.stringify(packMeasure(measureOf(made, people.slice(cut))))))];
        mergeMeasures(second, first);
        expect(packMeasure(second)).toEqual(packMeasure(measureOf(made, people)));
      }),
    );
  });

  test('leaves out profiles that became part of others, and outcomes that are not known', () => {
    const measure = measureOf(config(), [
      { ...person('a#1', 5), mergedInto: 'u#1' },
      { ...person('u#1', 5), outcomes: [] },
      person('u#2', 5, 1),
    ]);
    expect(measure).toMatchObject({ people: 2, withoutOutcome: 1 });
    expect([measure.scores.engagement?.now.people, measure.scores.engagement?.everybody.sketch.people]).toEqual([2, 1]);
  });

  test('takes the score from the start of the month, not what the month made of it', () => {
    const cells = measureOf(config(), [{ ...person('u#1', 80, 1), outcomes: [{ monthMs, scores: { engagement: 10 }, converted: 1, revenue: 5, mailed: false }] }]).scores.engagement?.everybody.sketch.cells();
    expect(cells).toEqual([expect.objectContaining({ people: 1, converted: 1 })]);
    expect(cells?.[0]?.until).toBeLessThan(11);
  });
});

describe('predicted moves', () => {
  const opened = { count: 1, firstAtMs: nowMs - dayMs, recentAtMs: [nowMs - dayMs] };
  const fan = (userKey: string, score: number, isOn: boolean): Profile => {
    const id = bookstorePlan.signalsFor('email_opened').find(({ event }) => event === 'email_opened')?.id as string;
    return { ...person(userKey, score), signals: { [id]: opened }, thresholdsOn: isOn ? ['engaged'] : [] };
  };
  const predict = (people: readonly Profile[], before: number, after: number, plan = bookstorePlan, model?: Model) => {
    const moves = new Moves();
    const level = (enter: number) => ({ engaged: { enter, exit: enter * 0.8 } });
    for (const one of people) moves.predict(plan, one, { nowMs, model }, level(before), level(after));
    return moves.list();
  };

  test('count whom another threshold puts elsewhere, with hysteresis', () => {
    const people = [fan('u#1', 45, true), fan('u#2', 45, false), fan('u#3', 70, true), { ...fan('a#4', 45, true), mergedInto: 'u#1' }];
    expect(predict(people, 50, 60)).toEqual([{ from: 'fans', to: 'everyone_else', people: 1 }]);
    expect(predict(people, 50, 44)).toEqual([{ from: 'everyone_else', to: 'fans', people: 1 }]);
    expect(predict(people, 50, 50)).toEqual([]);
  });

  test('are those under the model in force, where it decides', () => {
    const plan = compilePlan(configWith({ classifier: { mode: 'when-better', threshold: 'engaged' } }));
    // Sure of everybody, whatever the threshold.
    const sure: Model = { ...recencyModel, features: [], intercept: 3 };
    const known = { [signalId('*')]: { count: 9, firstAtMs: nowMs - dayMs, recentAtMs: [nowMs - dayMs] } };
    const near = [fan('u#1', 55, false)].map((one) => ({ ...one, signals: { ...one.signals, ...known } }));
    expect(predict(near, 50, 56, plan)).toEqual([{ from: 'fans', to: 'everyone_else', people: 1 }]);
    expect(predict(near, 50, 56, plan, sure)).toEqual([]);
    // Far below the new one, nobody asks it.
    expect(predict(near, 50, 90, plan, sure)).toEqual([{ from: 'fans', to: 'everyone_else', people: 1 }]);
  });

  test('add up', () => {
    const moves = new Moves([{ from: 'a', to: 'b', people: 2 }]);
    moves.merge(new Moves([{ from: 'a', to: 'b', people: 3 }, { from: 'b', to: 'a', people: 9 }]));
    expect(moves.list()).toEqual([{ from: 'b', to: 'a', people: 9 }, { from: 'a', to: 'b', people: 5 }]);
  });
});
