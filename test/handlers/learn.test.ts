import { describe, expect, test } from 'vitest';
import { unitHash } from '../../lambdas/domain/hash.ts';
import { isHeldOut } from '../../lambdas/domain/campaigns/holdout.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';
import { signalId } from '../../lambdas/domain/rules/signals.ts';
import { samplesOf } from '../../lambdas/domain/classifier/cohort.ts';
import { roleOf } from '../../lambdas/domain/classifier/samples.ts';
import type { ThresholdsRecord } from '../../lambdas/domain/rules/thresholds.ts';
import { createHandler } from '../../lambdas/recalibrate/handler.ts';
import { candidatesPerPart } from '../../lambdas/recalibrate/learn.ts';
import type { ConfigInput } from '../../lambdas/schemas/config.ts';
import { MemoryCalibrations } from '../../tools/recalibrate/memory-store.ts';
import { configWith, dayMs } from '../support/events.ts';
import { recordingLogger } from '../support/fakes.ts';
import { MemoryTrainings, profilesOf } from '../support/learning.ts';
import { Pages } from '../support/pages.ts';

const november = Date.UTC(2026, 10, 1);
const december = Date.UTC(2026, 11, 1);
const threeHoursMs = 3 * 3_600_000;
const viewed = signalId('product_viewed');

/** Whether somebody buys in November depends on when they last looked at a product, which no threshold sees. */
const buys = (index: number): boolean => unitHash('buys', String(index)) < (isFresh(index) ? 0.5 : 0.03);
const isFresh = (index: number): boolean => index % 4 === 0;

/** @param score of everybody at that time, from a fifth below the threshold to a fifth above */
function person(index: number, atMs: number): Profile {
  const lastAtMs = november - (isFresh(index) ? 1 : 25) * dayMs;
  return {
    ...emptyProfile(`u#${index}`),
    scores: { engagement: { value: 35 + 22 * unitHash('score', String(index)), atMs: november } },
    signals: { [viewed]: { count: 6, firstAtMs: lastAtMs - dayMs, recentAtMs: [lastAtMs] } },
    outcomes: atMs < december ? [] : [{ monthMs: november, scores: { engagement: 40 }, converted: buys(index) ? 1 : 0, revenue: 0, mailed: false }],
  };
}

function world(more: Partial<ConfigInput> = {}, { people = 3000, parts = 16 } = {}) {
  const config = configWith({
    thresholds: { engaged: { score: 'engagement', enter: 50, exit: 40, calibrate: { targetShare: 0.1, minSample: 1e6, maxStep: 0.2 } } },
    segments: [{ name: 'fans', title: '', when: { score: 'engagement', atLeast: 'engaged' } }, { name: 'viewers', title: '', when: { did: 'product_viewed', withinDays: 60 } }],
    classifier: { mode: 'when-better', threshold: 'engaged' },
    ...more,
  });
  const versions: ThresholdsRecord[] = [];
  const trainings = new MemoryTrainings();
  const control = {
    ...trainings.store,
    thresholds: async () => versions.at(-1),
    publishThresholds: async (record: ThresholdsRecord) => versions.push(record) > 0,
  };
  const clock = { nowMs: november + threeHoursMs, elapsedMs: 0 };
  const pages = new Pages([]);
  const { logger, lines } = recordingLogger();
  const loads = { count: 0 };
  const store = new MemoryCalibrations();
  const handle = createHandler({ plan: compilePlan(config), pages, profiles: profilesOf(() => {
    loads.count += 1;
    return pages.profiles;
  }), store, control, logger, now: () => clock.nowMs, elapsedMs: () => clock.elapsedMs, budgetMs: 1000, parts });
  const live = { config, trainings, clock, pages, loads, lines, store, handle };
  return {
    ...live,
    async month(atMs: number, change: (profiles: Profile[]) => Profile[] = (profiles) => profiles) {
      clock.nowMs = atMs + threeHoursMs;
      pages.profiles = change(Array.from({ length: people }, (_, index) => person(index, atMs)));
      return handle();
    },
  };
}

describe('the classifier', () => {
  test('learns in a month from the people who were ambiguous a month before, and is used when it beats the rule', async () => {
    const { month, trainings, lines } = world();
    expect((await month(november)).state).toBe('published');
    // Nobody was drawn in October.
    expect(trainings.made).toEqual([]);
    await month(december);
    const [record] = trainings.made;
    expect(record).toMatchObject({ month: '2026-12', outcomeMonth: '2026-11', threshold: 'engaged', basis: 'everybody', people: 3000, result: { kind: 'trained', comparison: { beats: true } } });
    expect(record?.converted).toBe(Array.from({ length: 3000 }, (_, index) => buys(index)).filter(Boolean).length);
    expect(await trainings.store.model()).toMatchObject({ month: '2026-11', threshold: 'engaged' });
    expect(lines).toContainEqual(expect.objectContaining({ message: 'classifier trained', beatsRule: true }));
  });

  test('judges on people whom it has not seen, as they were before the month', async () => {
    const { month, trainings } = world();
    await month(november);
    // What November brought is no feature: everybody has looked at something yesterday.
    await month(december, (profiles) => profiles.map((one) => ({ ...one, signals: { [viewed]: { count: 9, firstAtMs: november, recentAtMs: [december - dayMs] } } })));
    const { result } = trainings.made[0]!;
    if (result.kind !== 'trained') throw new Error(result.why);
    const tested = Array.from({ length: 3000 }, (_, index) => index).filter((index) => roleOf(`u#${index}`) === 'test');
    expect(result.evaluation).toMatchObject({ people: tested.length, converted: tested.filter(buys).length });
    expect(result.model.features.find(({ name }) => name === 'recency:product_viewed')?.weight).toBeLessThan(-0.5);
  });

  test('trains once a month, and draws once a month, however often it is called', async () => {
    const { month, handle, trainings, pages, loads, clock } = world();
    await month(november);
    await month(december);
    const { reads } = pages;
    clock.nowMs += dayMs;
    expect(await handle()).toMatchObject({ state: 'known' });
    expect([trainings.made.length, loads.count, pages.reads]).toEqual([1, 1, reads]);
  });

  test('does not count a purchase that came before the people were drawn', async () => {
    const { month, trainings } = world();
    await month(november, (profiles) => profiles.map((one, index) => ({ ...one, outcomes: [{ monthMs: november, scores: {}, converted: index % 10 === 0 ? 1 : 0, revenue: 0, mailed: false }] })));
    await month(december, (profiles) => profiles.map((one, index) => ({ ...one, outcomes: one.outcomes.map((outcome) => ({ ...outcome, converted: outcome.converted + (index % 10 === 0 ? 1 : 0) })) })));
    expect(trainings.made[0]?.converted).toBe(Array.from({ length: 3000 }, (_, index) => buys(index)).filter(Boolean).length);
  });

  test('leaves out who is not ambiguous, who became part of somebody else, and whose outcome is not known', async () => {
    const { month, trainings } = world();
    await month(november, (profiles) => profiles.map((one, index) => (index < 500 ? { ...one, scores: { engagement: { value: 100, atMs: november } } } : one)));
    await month(december, (profiles) =>
      profiles.map((one, index) => {
        if (index >= 500 && index < 600) return { ...one, mergedInto: 'u#other' };
        return index >= 600 && index < 700 ? { ...one, outcomes: one.outcomes.map((outcome) => ({ ...outcome, isPartial: true as const })) } : one;
      }),
    );
    expect(trainings.made[0]?.people).toBe(2300);
  });

  test('learns from the holdout alone when that has enough people', async () => {
    const { month, trainings } = world({ holdout: 0.4 });
    await month(november);
    await month(december);
    const heldOut = Array.from({ length: 3000 }, (_, index) => `u#${index}`).filter((userKey) => isHeldOut(userKey, 0.4));
    expect(trainings.made[0]).toMatchObject({ basis: 'holdout', people: heldOut.length });
  });

  test('keeps a bounded sample of each part of the table', async () => {
    const { month, trainings, store } = world({}, { parts: 2 });
    await month(november);
    const parts = await store.parts((await store.run('2026-11'))!, 'draw');
    expect(parts.map(({ sums }) => (sums as unknown[]).length)).toEqual([candidatesPerPart, candidatesPerPart]);
    await month(december);
    expect(trainings.made[0]?.people).toBe(2 * candidatesPerPart);
  });

  test('says why nothing was learnt, and has no model then', async () => {
    const { month, trainings } = world({}, { people: 100 });
    await month(november);
    await month(december);
    expect(trainings.made[0]?.result).toEqual({ kind: 'refused', why: 'too-few-people' });
    expect(await trainings.store.model()).toBeUndefined();
  });

  test('draws the same people when time runs out in between', async () => {
    const [whole, cut] = [world(), world()];
    await whole.month(november);
    cut.pages.beforeRead = () => void (cut.clock.elapsedMs += 30);
    let { state } = await cut.month(november);
    let runs = 1;
    for (; state === 'unfinished' && runs < 50; runs += 1) ({ state } = await cut.handle());
    expect(runs).toBeGreaterThan(10);
    const drawn = async ({ store }: typeof whole) => (await store.parts((await store.run('2026-11'))!, 'draw')).map(({ part, sums }) => [part, sums]).sort();
    expect(await drawn(cut)).toEqual(await drawn(whole));
  });

  test('fails once drawing is late, so that somebody hears of it', async () => {
    const { month, handle, pages, store, clock } = world();
    pages.beforeRead = () => void (clock.elapsedMs += store.runs.get('2026-11')?.phase === 'done' ? 2000 : 0);
    expect((await month(november)).state).toBe('unfinished');
    expect((await handle()).state).toBe('unfinished');
    clock.nowMs += 105 * 60_000;
    await expect(handle()).rejects.toThrow('the calibration of 2026-11 still has to draw after 105 minutes');
  });

  test('learns nothing from people who were drawn for another threshold, or looked at in another way', () => {
    const config = configWith({ classifier: { mode: 'watch', threshold: 'engaged' } });
    const plan = compilePlan(config);
    const candidate = (index: number, change: object = {}) => ({ userKey: `u#${index}`, features: { a: 1, b: 2 }, threshold: 'engaged', ruleAbove: true, conversionsBefore: 0, ...change });
    const candidates = [candidate(1), candidate(2, { threshold: 'warm' }), candidate(3, { features: { a: 1 } }), candidate(4)];
    const profiles = new Map(candidates.map(({ userKey }) => [userKey, { ...person(1, december), userKey }]));
    expect(samplesOf(plan, candidates, profiles, november).map(({ userKey }) => userKey)).toEqual(['u#1', 'u#4']);
  });

  test.each([[undefined], [{ mode: 'off' as const, threshold: 'engaged' }]])('reads nobody while it is off (%j)', async (classifier) => {
    const { month, store } = world({ classifier });
    await month(november);
    expect(await store.parts((await store.run('2026-11'))!, 'draw')).toEqual([]);
  });

  test('learns while it is only watched', async () => {
    const { month, trainings } = world({ classifier: { mode: 'watch', threshold: 'engaged' } });
    await month(november);
    await month(december);
    expect(trainings.made[0]?.result.kind).toBe('trained');
  });
});
