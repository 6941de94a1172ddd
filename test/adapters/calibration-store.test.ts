import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCalibrationStore, type CalibrationStore } from '../../lambdas/adapters/calibration-store.ts';
import { candidateOf } from '../../lambdas/domain/classifier/cohort.ts';
import type { Candidate } from '../../lambdas/domain/classifier/samples.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { signalId } from '../../lambdas/domain/rules/signals.ts';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import { createProfilePages } from '../../lambdas/adapters/profiles/pages.ts';
import { createProfileStore } from '../../lambdas/adapters/profiles/store.ts';
import type { CalibrationRun, Part } from '../../lambdas/domain/calibration/run.ts';
import { emptyContent } from '../../lambdas/domain/profile/content.ts';
import { emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';
import { MemoryCalibrations } from '../../tools/recalibrate/memory-store.ts';
import { recalibrate } from '../../tools/recalibrate/run.ts';
import { startDynamo } from '../support/dynamo.ts';
import { configWith } from '../support/events.ts';

const nowMs = Date.UTC(2026, 10, 1, 3);
const run: CalibrationRun = { month: '2026-11', phase: 'measure', startedAtMs: nowMs, parts: 2 };

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
const memory = new MemoryCalibrations();
let store: CalibrationStore;
beforeAll(async () => {
  dynamo = await startDynamo();
  store = createCalibrationStore(dynamo.documents, 'control');
});
afterAll(() => dynamo.stop());

/** What leaves no trace must behave as what is stored. */
describe.each([
  ['stored', () => store],
  ['in memory', () => memory],
])('calibrations %s', (_, storeOf) => {
  beforeEach(() => {
    tested = storeOf();
  });
  let tested: CalibrationStore;

  test('go from phase to phase, each once', async () => {
    expect(await tested.run('2026-11')).toBeUndefined();
    expect(await tested.saveRun(run, undefined)).toBe(true);
    expect(await tested.saveRun(run, undefined)).toBe(false);
    const next: CalibrationRun = { ...run, phase: 'predict', decided: { baseVersion: 0, people: 1, before: {}, after: {}, changes: [] } };
    expect(await tested.saveRun(next, 'measure')).toBe(true);
    expect(await tested.saveRun(next, 'measure')).toBe(false);
    expect(await tested.run('2026-11')).toEqual(next);
  });

  test('count each save of a part once', async () => {
    const part: Part = { part: 1, saves: 1, isDone: false, cursor: { userKey: 'u#a', part: 'profile' }, sums: { people: 3 } };
    expect(await tested.savePart(run, 'measure', part)).toBe(true);
    expect(await tested.savePart(run, 'measure', part)).toBe(false);
    expect(await tested.savePart(run, 'measure', { part: 1, saves: 3, isDone: true, sums: 'too early' })).toBe(false);
    expect(await tested.parts(run, 'measure')).toEqual([part]);
    const last: Part = { part: 1, saves: 2, isDone: true, sums: { people: 5 } };
    expect(await tested.savePart(run, 'measure', last)).toBe(true);
    expect(await tested.parts(run, 'measure')).toEqual([last]);
    expect(await tested.parts(run, 'predict')).toEqual([]);
  });

  test('find the newest measure before a month', async () => {
    for (const month of ['2026-08', '2026-10', '2026-11']) await tested.saveMeasure(month, { people: Number(month.slice(5)), withoutOutcome: 0, scores: {} }, nowMs);
    expect((await tested.measureBefore('2026-11'))?.people).toBe(10);
    expect((await tested.measureBefore('2026-10'))?.people).toBe(8);
    expect(await tested.measureBefore('2026-08')).toBeUndefined();
  });
});

describe('thresholds versions', () => {
  test('are all kept under their numbers, though a crash left out the copy of one', async () => {
    const documents = dynamo.documents;
    const control = createControlStore(documents, 'control');
    const record = (version: number) => ({ version, month: `2026-0${version}`, madeAtMs: version, values: {}, changes: [] });
    await control.publishThresholds(record(1));
    const { DeleteCommand } = await import('@aws-sdk/lib-dynamodb');
    await documents.send(new DeleteCommand({ TableName: 'control', Key: { kind: 'thresholds', id: 'v000001' } }));
    expect(await control.thresholdsOfVersion(1)).toMatchObject({ month: '2026-01' });
    await control.publishThresholds(record(2));
    expect(await control.thresholdsOfVersion(1)).toMatchObject({ version: 1, month: '2026-01' });
    for (const id of ['current', 'v000001', 'v000002']) await documents.send(new DeleteCommand({ TableName: 'control', Key: { kind: 'thresholds', id } }));
  });
});

describe('a table of people', () => {
  const person = (index: number): Profile => ({
    ...emptyProfile(`u#${index}`),
    scores: { engagement: { value: index + 1, atMs: nowMs } },
    outcomes: [{ monthMs: Date.UTC(2026, 9, 1), scores: { engagement: index + 1 }, converted: index % 2, revenue: 0, mailed: false }],
    signals: { purchase: { count: 1, firstAtMs: nowMs, recentAtMs: [nowMs] } },
  });

  test('is read part by part, page by page, each profile once', async () => {
    const profiles = createProfileStore(dynamo.documents, 'profiles');
    for (let index = 0; index < 300; index += 1) await profiles.saveProfile(person(index));
    await profiles.saveContent('u#1', emptyContent());
    const pages = createProfilePages(dynamo.documents, 'profiles');
    const seen: Profile[] = [];
    for (const part of [0, 1, 2]) {
      let cursor: Record<string, unknown> | undefined;
      do {
        const page = await pages.read({ part, of: 3 }, cursor, 'scores');
        seen.push(...page.profiles);
        cursor = page.next;
      } while (cursor !== undefined);
    }
    expect(seen.map(({ userKey }) => userKey).sort()).toEqual(Array.from({ length: 300 }, (_, index) => `u#${index}`).sort());
    const [ana] = seen.filter(({ userKey }) => userKey === 'u#1');
    // All that is measured, and nothing else; of the rest, what holds for items that do not say it.
    expect(ana).toEqual({ ...emptyProfile('u#1'), version: 1, onlyByWeb: false, hasAddress: { value: true, atMs: 0 }, scores: person(1).scores, outcomes: person(1).outcomes });
    expect((await pages.read({ part: 0, of: 1 }, undefined, 'rules')).profiles.find(({ userKey }) => userKey === 'u#1')?.signals).toEqual(person(1).signals);
  });

  test('is calibrated by the command: dry, for real, and back', async () => {
    const target = { documents: dynamo.documents, profilesTable: 'profiles', controlTable: 'control', nowMs: Date.UTC(2027, 0, 1, 3) };
    const control = createControlStore(dynamo.documents, 'control');
    const say = (action: Parameters<typeof recalibrate>[0]) => recalibrate(action, bookstore, target);
    expect(await say({ do: 'list' })).toContain('nothing has been calibrated');
    const dry = await say({ do: 'dry-run' });
    expect(dry).toContain('what would be made:\nversion 1, for 2027-01');
    expect(dry).toMatch(/engaged: 50 -> \d+/);
    expect(await control.thresholds()).toBeUndefined();
    expect(await store.run('2027-01')).toBeUndefined();
    const real = await say({ do: 'run' });
    expect(dry).toBe(`what would be made:\n${real}`);
    expect(await control.thresholds()).toMatchObject({ version: 1, month: '2027-01', people: 300 });
    expect(await say({ do: 'run' })).toBe('this month is calibrated already (published); version 1 is in force');
    await expect(say({ do: 'approve' })).rejects.toThrow('no version waits for approval');
    expect(await say({ do: 'roll-back', version: 0 })).toContain('rolled back to the config\n  engaged: enter 50, exit 40');
    const nextMonth = { ...target, nowMs: Date.UTC(2027, 1, 1, 3) };
    expect(await recalibrate({ do: 'dry-run' }, bookstore, nextMonth)).toContain('stability index');
    expect((await say({ do: 'list' })).match(/^version \d/gm)).toEqual(['version 2', 'version 1']);
  });

  test('is drawn from, and a month later trained on, by the command, from as much of the profiles as that takes', async () => {
    const config = configWith({ classifier: { mode: 'watch', threshold: 'engaged', margin: 0.9 } });
    const plan = compilePlan(config);
    const profiles = createProfileStore(dynamo.documents, 'profiles');
    const viewed = signalId('product_viewed');
    for (let index = 0; index < 60; index += 1) {
      const { profile } = await profiles.load(`u#${index}`, false);
      const signals = { [viewed]: { count: 1 + (index % 5), firstAtMs: nowMs - 1, recentAtMs: [nowMs] } };
      await profiles.saveProfile({ ...profile, signals, traits: { plan: { value: 'gold', atMs: 1 } }, consent: { value: true, atMs: 1 } });
    }
    const target = { documents: dynamo.documents, profilesTable: 'profiles', controlTable: 'control' };
    const march = Date.UTC(2027, 2, 1, 3);
    await recalibrate({ do: 'run' }, config, { ...target, nowMs: march });
    const run = (await store.run('2027-03')) as CalibrationRun;
    const drawn = (await store.parts(run, 'draw')).flatMap(({ sums }) => sums as Candidate[]);
    const thresholds = (await createControlStore(dynamo.documents, 'control').thresholds())!.values;
    const whole: Candidate[] = [];
    for await (const profile of profiles.scan()) whole.push(...[candidateOf(plan, profile, { nowMs: march, thresholds }, Date.UTC(2027, 2, 1))].filter((one) => one !== undefined));
    const byKey = (list: Candidate[]) => [...list].sort((a, b) => (a.userKey < b.userKey ? -1 : 1));
    expect(byKey(drawn)).toEqual(byKey(whole));
    expect(drawn.length).toBeGreaterThan(50);
    const april = await recalibrate({ do: 'run' }, config, { ...target, nowMs: Date.UTC(2027, 3, 1, 3) });
    const words = `classifier for engaged, trained for 2027-04: ${drawn.length} ambiguous people of 2027-03, 0 converted, of everybody, mailed or not\n  Nothing could be learnt: too few people are ambiguous.`;
    expect(april).toContain(words);
    expect(await recalibrate({ do: 'list' }, config, { ...target, nowMs: march })).toContain(words);
  });
});
