import { describe, expect, test } from 'vitest';
import { ambiguityOf, decideAmbiguous } from '../../../lambdas/domain/classifier/decide.ts';
import { featuresOf } from '../../../lambdas/domain/classifier/features.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import type { RuleView } from '../../../lambdas/domain/rules/compile.ts';
import { assignSegment, thresholdsOn } from '../../../lambdas/domain/rules/segments.ts';
import { oneEvent, mergeSignals, signalId } from '../../../lambdas/domain/rules/signals.ts';
import { initialThresholds } from '../../../lambdas/domain/rules/thresholds.ts';
import { seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';
import type { ClassifierConfig, Model } from '../../../lambdas/schemas/model.ts';
import { configWith, dayMs, hourMs, startMs } from '../../support/events.ts';
import { recencyModel } from '../../support/learning.ts';

const plan = compilePlan(
  configWith({
    segments: [
      { name: 'buyers', title: '', when: { did: 'purchase', withinDays: 30 } },
      { name: 'fans', title: '', when: { all: [{ score: 'engagement', atLeast: 'engaged' }, { not: { trait: 'plan', eq: 'free' } }] } },
      { name: 'browsers', title: '', when: { did: 'product_viewed', atLeast: 3, withinDays: 60 } },
    ],
    thresholds: { engaged: { score: 'engagement', enter: 50, exit: 40 } },
  }),
);
const thresholds = initialThresholds(plan.config);
const classifier: ClassifierConfig = { mode: 'when-better', threshold: 'engaged', margin: 0.2, minEvents: 5 };
/** Leaves more to the rule: "above" only within about a day. */
const model: Model = { ...recencyModel, above: 0.9 };

const definition = plan.signal(signalId('product_viewed'))!;
/** @param score at `startMs` @param views instants of looking at a product */
function viewOf(score: number, views: readonly number[], more: Partial<RuleView> = {}): RuleView {
  const state = views.map((atMs) => oneEvent(definition, atMs)).reduce((a, b) => mergeSignals(definition, a, b));
  const view: RuleView = { userKey: 'u#ana', signals: { [definition.id]: state }, scores: { engagement: { value: score, atMs: startMs } }, traits: {}, mailable: true, canBeMailed: true, thresholdsOn: [], ...more };
  return { ...view, thresholdsOn: more.thresholdsOn ?? thresholdsOn(plan.config, view, startMs, thresholds) };
}

const ruleOf = (view: RuleView, nowMs: number) => assignSegment(plan.segments, plan.config.fallback.name, view, nowMs, thresholds);
const decide = (view: RuleView, nowMs = startMs, by: Model | null = model, config: ClassifierConfig = classifier) =>
  decideAmbiguous({ ...plan, config: { ...plan.config, classifier: config } }, view, { nowMs, thresholds, model: by ?? undefined }, ruleOf(view, nowMs));

const fresh = [startMs, startMs, startMs];
const stale = [20, 21, 22].map((days) => startMs - days * dayMs);

describe('who is ambiguous', () => {
  // From 40 less a fifth to 50 plus a fifth.
  test.each([
    [31.9, false],
    [32, true],
    [45, true],
    [59.9, true],
    [60, false],
  ])('with a score of %d: %s', (score, isAmbiguous) => expect(ambiguityOf(plan, classifier, viewOf(score, fresh), startMs, thresholds, 'browsers').isAmbiguous).toBe(isAmbiguous));

  test('depends on time alone just when the score leaves or comes near the threshold: half-life 30 days', () => {
    const changes = (score: number) => (ambiguityOf(plan, classifier, viewOf(score, fresh), startMs, thresholds, 'browsers').changesAtMs - startMs) / dayMs;
    expect(changes(64)).toBeCloseTo(30 * Math.log2(64 / 60), 6);
    expect(changes(120)).toBeCloseTo(30, 6);
    expect(changes(50)).toBeCloseTo(30 * Math.log2(50 / 32), 6);
    expect(changes(31)).toBe(Infinity);
  });

  test('also with few events in the fallback segment', () => {
    const of = (events: number, assigned: string) => ambiguityOf(plan, classifier, viewOf(1, new Array<number>(events).fill(startMs)), startMs, thresholds, assigned).isAmbiguous;
    expect(of(4, plan.config.fallback.name)).toBe(true);
    expect(of(5, plan.config.fallback.name)).toBe(false);
    expect(of(4, 'browsers')).toBe(false);
  });
});

describe('a decision', () => {
  test('is the model\'s near the threshold: up where the rule says under it, and down where it says over it', () => {
    expect(ruleOf(viewOf(45, fresh), startMs).segment).toBe('browsers');
    expect(decide(viewOf(45, fresh))).toMatchObject({ segment: 'fans', decidedBy: 'model', probability: expect.closeTo(1 / (1 + 4 ** -5), 6) });
    expect(ruleOf(viewOf(55, stale), startMs).segment).toBe('fans');
    expect(decide(viewOf(55, stale))).toMatchObject({ segment: 'browsers', decidedBy: 'model', probability: expect.closeTo(0, 3) });
  });

  test('is the rule\'s far from the threshold, or when a segment above decides anyway', () => {
    expect(decide(viewOf(70, stale))).toMatchObject({ segment: 'fans', decidedBy: 'rule' });
    const bought = viewOf(45, fresh);
    const purchase = plan.signal(signalId('purchase'))!;
    const buyer = { ...bought, signals: { ...bought.signals, [purchase.id]: oneEvent(purchase, startMs) } };
    expect(decide(buyer)).toEqual({ segment: 'buyers', decidedBy: 'rule', changesAtMs: expect.any(Number) });
    const free = viewOf(45, fresh, { traits: { plan: { value: 'free', atMs: startMs } } });
    expect(decide(free)).toMatchObject({ segment: 'browsers', decidedBy: 'rule' });
  });

  test('is the fallback\'s where no rule holds, unless so little is known that the model is asked', () => {
    const few = viewOf(6, [startMs, startMs]);
    expect(decide(few)).toMatchObject({ segment: 'fans', decidedBy: 'model' });
    expect(decide(few, startMs, null)).toMatchObject({ segment: plan.config.fallback.name, decidedBy: 'fallback' });
    expect(decide(viewOf(6, [startMs - 30 * dayMs]))).toMatchObject({ segment: plan.config.fallback.name, decidedBy: 'model' });
  });

  test('falls to the rule when the model abstains, with its probability where it has one', () => {
    const between = viewOf(45, [2.6, 2.6, 2.6].map((days) => startMs - days * dayMs));
    expect(decide(between)).toMatchObject({ segment: 'browsers', decidedBy: 'rule', probability: expect.any(Number) });
    expect(decide(between).probability).toBeGreaterThan(0.3);
    const untold = decide(viewOf(45, fresh), startMs, { ...model, features: [{ name: 'count:gone', mean: 0, scale: 1, weight: 1 }] });
    expect(untold).toMatchObject({ segment: 'browsers', decidedBy: 'rule' });
    expect(untold).not.toHaveProperty('probability');
  });

  test('is the rule\'s while the classifier is off, is not configured, has no model, or one of another threshold', () => {
    const view = viewOf(45, fresh);
    const byRule = { ...ruleOf(view, startMs), decidedBy: 'rule' };
    for (const mode of ['off', 'watch'] as const) expect(decide(view, startMs, model, { ...classifier, mode })).toEqual(byRule);
    expect(decideAmbiguous(plan, view, { nowMs: startMs, thresholds, model }, ruleOf(view, startMs))).toEqual(byRule);
    expect(decide(view, startMs, null)).toEqual(byRule);
    expect(decide(view, startMs, { ...model, threshold: 'other' })).toEqual(byRule);
  });

  test('holds until it says: nothing changes before, whoever the person is, and something is looked at daily', () => {
    const random = seeded(31);
    let changed = 0;
    for (let run = 0; run < 400; run += 1) {
      const views = Array.from({ length: 1 + Math.floor(random() * 4) }, () => startMs - Math.floor(random() * 6 * dayMs));
      const view = viewOf(random() * 80, views, { userKey: `u#${run}` });
      const first = decide(view);
      expect(first.changesAtMs).toBeGreaterThan(startMs);
      const until = Math.min(first.changesAtMs, startMs + 90 * dayMs);
      for (let step = 0; step < 20; step += 1) {
        const atMs = startMs + Math.floor(random() * (until - startMs));
        const thenOn = thresholdsOn(plan.config, view, atMs, thresholds);
        const { segment, decidedBy, probability } = decide({ ...view, thresholdsOn: thenOn }, atMs);
        expect([segment, decidedBy, probability]).toEqual([first.segment, first.decidedBy, first.probability]);
      }
      if (first.probability !== undefined) expect(first.changesAtMs - startMs).toBeLessThanOrEqual(dayMs);
      if (first.changesAtMs < startMs + 90 * dayMs) {
        const next = decide({ ...view, thresholdsOn: thresholdsOn(plan.config, view, first.changesAtMs, thresholds) }, first.changesAtMs);
        if (next.segment !== first.segment) changed += 1;
      }
    }
    // Else the loop above would have shown nothing.
    expect(changed).toBeGreaterThan(20);
  });

  test('changes when the segment on the other side does: who is kept from being a fan is no browser either when the views are too old', () => {
    const view = viewOf(55, [1, 1, 1].map((hours) => startMs - 60 * dayMs + hours * hourMs), { userKey: 'u#eva' });
    expect(ruleOf(view, startMs)).toMatchObject({ segment: 'fans' });
    expect(decide(view)).toMatchObject({ segment: 'browsers', decidedBy: 'model', changesAtMs: startMs + hourMs });
    expect(decide(view, startMs + hourMs)).toMatchObject({ segment: plan.config.fallback.name, decidedBy: 'model' });
  });

  test('comes at an hour of its own for each person', () => {
    const hours = Array.from({ length: 200 }, (_, index) => Math.floor(((decide(viewOf(45, fresh, { userKey: `u#${index}` })).changesAtMs - startMs) % dayMs) / hourMs));
    expect(new Set(hours).size).toBeGreaterThan(20);
  });

  test('looks at the features that training looks at', () => {
    expect(Object.keys(featuresOf(plan, viewOf(45, fresh), startMs))).toContain(model.features[0]?.name);
  });
});
