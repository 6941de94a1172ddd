import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import { createThresholdSource } from '../../lambdas/adapters/threshold-source.ts';
import type { Model } from '../../lambdas/schemas/model.ts';
import { configWith, dayMs, envelopeOf, hourMs, startMs } from '../support/events.ts';
import { recencyModel as model } from '../support/learning.ts';
import { Pipeline } from '../support/past.ts';

/** Fans are over the threshold; a campaign mails whoever becomes one. */
const config = configWith({
  scores: { engagement: { halfLifeDays: 30, points: { product_viewed: 9 } } },
  segments: [
    { name: 'fans', title: '', when: { score: 'engagement', atLeast: 'engaged' } },
    { name: 'viewers', title: '', when: { did: 'product_viewed', withinDays: 60 } },
  ],
  thresholds: { engaged: { score: 'engagement', enter: 50, exit: 40, calibrate: { targetShare: 0.1, minSample: 200, maxStep: 0.2 } } },
  campaigns: {
    praise: {
      title: 'Praise',
      stateMachine: 'praise',
      topic: 'offers',
      entry: { entersSegment: 'fans' },
      exit: { when: { segment: 'viewers' } },
      startsWithoutAddress: true,
      maxTriggerAgeHours: 24,
      steps: { thanks: { email: 'thanks', afterHours: 1, shows: 'none' } },
    },
  },
  classifier: { mode: 'when-better', threshold: 'engaged' },
});

const view = (atMs: number, userId = 'ana') => envelopeOf({ userId, event: 'product_viewed', timestamp: new Date(atMs).toISOString(), properties: { product_id: 'b1' } });
const views = (count: number, userId = 'ana') => Array.from({ length: count }, (_, index) => view(startMs + index * hourMs, userId));

async function pipelineWith(by: Model | undefined, ...envelopes: ReturnType<typeof view>[]): Promise<Pipeline> {
  return running(new Pipeline(config), by, ...envelopes);
}

async function running(pipeline: Pipeline, by: Model | undefined, ...envelopes: ReturnType<typeof view>[]): Promise<Pipeline> {
  pipeline.model = by;
  await pipeline.send(...envelopes);
  await pipeline.process();
  return pipeline;
}

const segmentOf = (pipeline: Pipeline, userKey = 'u#ana') => pipeline.store.profile(userKey).segment;
const changesOf = (pipeline: Pipeline) => [...pipeline.store.transitions.values()].map(({ transition }) => transition).sort((a, b) => a.atMs - b.atMs);

describe('a segment', () => {
  test('of a person near the threshold is the model\'s, and its records say so', async () => {
    // Four views are 36 points, under the threshold at 50 and within its margin.
    expect(segmentOf(await pipelineWith(undefined, ...views(4)))).toEqual({ name: 'viewers', sinceMs: startMs });
    const pipeline = await pipelineWith(model, ...views(4));
    expect(segmentOf(pipeline)).toEqual({ name: 'fans', sinceMs: startMs + 3 * hourMs, byModel: expect.closeTo(1 / (1 + 4 ** -5), 2) });
    expect(changesOf(pipeline)).toMatchObject([
      { from: null, to: 'viewers', decidedBy: 'rule' },
      { from: 'viewers', to: 'fans', cause: 'event', decidedBy: 'model', probability: expect.closeTo(1 / (1 + 4 ** -5), 2) },
    ]);
    expect([...pipeline.workflows.started.keys()]).toHaveLength(1);
  });

  test('of a person far from it is the rule\'s, and of one without a rule the fallback\'s', async () => {
    const pipeline = await pipelineWith(model, ...views(8));
    expect(segmentOf(pipeline)).toEqual({ name: 'fans', sinceMs: expect.any(Number) });
    expect(changesOf(pipeline).at(-1)).not.toHaveProperty('decidedBy', 'fallback');
    // Enough is known of somebody who looked often and long ago, to leave them where no rule holds.
    const other = await pipelineWith(model, ...views(5));
    await other.passTime(startMs + 70 * dayMs);
    expect(changesOf(other).at(-1)).toMatchObject({ to: config.fallback.name, cause: 'time', decidedBy: 'fallback' });
    expect(segmentOf(other)).not.toHaveProperty('byModel');
  });

  test('moves as days pass, by the model as by rules', async () => {
    // 54 points are over the threshold, and the model agrees; after six days it no longer does.
    const pipeline = await pipelineWith(model, ...views(6));
    await pipeline.passTime(startMs + 6 * dayMs);
    expect(segmentOf(pipeline)).toMatchObject({ name: 'viewers', byModel: expect.any(Number) });
    expect(changesOf(pipeline).at(-1)).toMatchObject({ from: 'fans', to: 'viewers', cause: 'time', decidedBy: 'model' });
    // After 23 days the score has left the margin at 32, and then the rule decides again.
    await pipeline.passTime(startMs + 24 * dayMs);
    expect(segmentOf(pipeline)).toEqual({ name: 'viewers', sinceMs: expect.any(Number) });
  });

  test('is the rule\'s again when the model abstains because of something that no rule looks at', async () => {
    const withTrust = { ...config, scores: { ...config.scores, trust: { halfLifeDays: 30, points: { complained_by_phone: 10 } } } };
    const trustful: Model = { ...model, features: [{ name: 'score:trust', mean: 0, scale: 1, weight: -1 }], intercept: 2.3 };
    const pipeline = await running(new Pipeline(withTrust), trustful, ...views(4));
    expect(segmentOf(pipeline)).toMatchObject({ name: 'fans', byModel: expect.any(Number) });
    await pipeline.send(envelopeOf({ userId: 'ana', event: 'complained_by_phone', timestamp: new Date(startMs + 5 * hourMs).toISOString() }));
    await pipeline.process();
    expect(segmentOf(pipeline)).toEqual({ name: 'viewers', sinceMs: startMs + 5 * hourMs });
  });

  test('follows another model, or none, at the next look, and starts nothing: it is none of the person\'s doing', async () => {
    const pipeline = await pipelineWith(undefined, ...views(4));
    pipeline.model = model;
    await pipeline.send(view(startMs + 4 * hourMs));
    // The event itself would also lead to fans; what comes before it is the change of rules.
    await pipeline.process();
    expect(changesOf(pipeline).at(-1)).toMatchObject({ from: 'viewers', to: 'fans', cause: 'rules', decidedBy: 'model' });
    expect(pipeline.workflows.started.size).toBe(0);
    pipeline.model = undefined;
    await pipeline.send(envelopeOf({ userId: 'ana', event: 'page_viewed', timestamp: new Date(startMs + 5 * hourMs).toISOString() }));
    await pipeline.process();
    expect(changesOf(pipeline).at(-1)).toMatchObject({ from: 'fans', to: 'viewers', cause: 'rules' });
  });

  test('is the same however often somebody looks in between, and when it is rebuilt', async () => {
    const step = fc.record({ afterMs: fc.integer({ min: 1, max: 3 * dayMs }), user: fc.constantFrom('ana', 'ben'), isLook: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        let atMs = startMs;
        const timed = steps.map(({ afterMs, ...rest }) => ({ ...rest, atMs: (atMs += afterMs) }));
        // An event that no rule asks for makes the pipeline look.
        const look = (userId: string, lookMs: number) => envelopeOf({ userId, event: 'looked', timestamp: new Date(lookMs).toISOString() });
        const known = new Set<string>();
        const [events, looks] = [[] as ReturnType<typeof view>[], [] as ReturnType<typeof view>[]];
        for (const one of timed) {
          // A look makes nobody known who was not.
          if (one.isLook && !known.has(one.user)) continue;
          known.add(one.user);
          const envelope = one.isLook ? look(one.user, one.atMs) : view(one.atMs, one.user);
          if (!one.isLook) events.push(envelope);
          looks.push(envelope);
        }
        const [plain, watched] = [await pipelineWith(model, ...events), await pipelineWith(model, ...looks)];
        for (const one of [plain, watched]) await one.passTime(atMs + 10 * dayMs);
        const moves = (pipeline: Pipeline) => [...pipeline.store.transitions.values()].map(({ userKey, transition: { from, to, atMs: movedMs, decidedBy } }) => [userKey, movedMs, from, to, decidedBy]).sort();
        expect(moves(watched)).toEqual(moves(plain));
        expect([...watched.workflows.started.keys()].sort()).toEqual([...plain.workflows.started.keys()].sort());
        expect(await plain.replay()).toMatchObject({ rebuilt: 0 });
      }),
      { numRuns: 100 },
    );
  });
});

describe('the model in force', () => {
  test('is read within a minute, beside the thresholds', async () => {
    const inForce: { model?: Model } = {};
    let nowMs = 0;
    const source = createThresholdSource({ thresholds: async () => undefined, model: async () => inForce.model }, config, () => nowMs);
    expect(await source.current()).toEqual({ thresholds: initialThresholds(config), thresholdsVersion: 0, model: undefined });
    inForce.model = model;
    nowMs = 59_999;
    expect((await source.current()).model).toBeUndefined();
    nowMs = 60_000;
    expect((await source.current()).model).toEqual(model);
  });

  test.each(['off', 'watch'] as const)('is not asked for while the classifier is at %s', async (mode) => {
    const model = () => Promise.reject(new Error('asked'));
    const source = createThresholdSource({ thresholds: async () => undefined, model }, { ...config, classifier: { ...config.classifier!, mode } }, () => 0);
    expect((await source.current()).model).toBeUndefined();
  });
});
