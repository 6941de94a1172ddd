import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CalibrationStore } from '../../lambdas/adapters/calibration-store.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import { emptyProfile, type Profile } from '../../lambdas/domain/profile/profile.ts';
import type { ThresholdsRecord } from '../../lambdas/domain/rules/thresholds.ts';
import { createHandler } from '../../lambdas/recalibrate/handler.ts';
import { approve, listVersions, reject, rollBack, VersionError } from '../../lambdas/recalibrate/versions.ts';
import type { Config, ConfigInput } from '../../lambdas/schemas/config.ts';
import { MemoryCalibrations } from '../../tools/recalibrate/memory-store.ts';
import { bookstorePlan, configWith, dayMs } from '../support/events.ts';
import { recordingLogger } from '../support/fakes.ts';
import { MemoryTrainings, profilesOf } from '../support/learning.ts';
import { Pages } from '../support/pages.ts';

const november = Date.UTC(2026, 10, 1, 3);
const openedSignal = bookstorePlan.signalsFor('email_opened').find(({ event }) => event === 'email_opened')!.id;
const opened = { count: 1, firstAtMs: november - dayMs, recentAtMs: [november - dayMs] };

const configOf = (more: Partial<ConfigInput> = {}): Config =>
  configWith({ thresholds: { engaged: { score: 'engagement', enter: 50, exit: 40, calibrate: { targetShare: 0.1, minSample: 200, maxStep: 0.2 } } }, ...more });

/** People with the scores 1, 2, 3, ..., who all opened an email yesterday. */
const everyone = (count: number, nowMs = november, factor = 1): Profile[] =>
  Array.from({ length: count }, (_, index) => ({
    ...emptyProfile(`u#${index}`),
    scores: { engagement: { value: (index + 1) * factor, atMs: nowMs } },
    signals: { [openedSignal]: opened },
    thresholdsOn: (index + 1) * factor >= 50 ? ['engaged'] : [],
  }));

function world({ config = configOf(), profiles = everyone(300), store = new MemoryCalibrations() }: { config?: Config; profiles?: Profile[]; store?: CalibrationStore } = {}) {
  const versions: ThresholdsRecord[] = [];
  const control = {
    ...new MemoryTrainings().store,
    thresholds: async () => versions.at(-1),
    thresholdsOfVersion: async (version: number) => versions[version - 1],
    publishThresholds: async (record: ThresholdsRecord) => record.version === versions.length + 1 && versions.push(record) > 0,
  };
  const clock = { nowMs: november, elapsedMs: 0 };
  const pages = new Pages(profiles);
  const { logger, lines } = recordingLogger();
  const plan = compilePlan(config);
  const handle = createHandler({ plan, pages, profiles: profilesOf(() => pages.profiles), store, control, logger, now: () => clock.nowMs, elapsedMs: () => clock.elapsedMs, budgetMs: 1000, parts: 4 });
  return { config, control, versions, clock, pages, lines, store, handle };
}

describe('a month', () => {
  test('is calibrated once, with the people whom it moves', async () => {
    const { handle, versions, clock, pages } = world();
    expect(await handle()).toEqual({ state: 'published', version: 1 });
    // The top tenth of 1..300 begins at 270; one step from 50 ends at 60. Those over 50 now stay over the exit at 48.
    expect(versions[0]).toMatchObject({ month: '2026-11', outcomeMonth: '2026-10', people: 300, values: { engaged: { enter: 60, exit: 48 } }, moves: [] });
    const { reads } = pages;
    clock.nowMs += dayMs;
    expect(await handle()).toEqual({ state: 'known', version: 1 });
    expect([versions.length, pages.reads]).toEqual([1, reads]);
  });

  test('goes on from the month before', async () => {
    const { handle, versions, clock, pages } = world();
    await handle();
    clock.nowMs = Date.UTC(2026, 11, 1, 3);
    pages.profiles = everyone(300, clock.nowMs);
    expect(await handle()).toEqual({ state: 'published', version: 2 });
    expect(versions[1]?.values.engaged?.enter).toBeCloseTo(72, 9);
    expect(versions[1]?.changes[0]?.psi).toBeCloseTo(0, 9);
  });

  test('predicts who changes segments', async () => {
    // Nobody is over 50, so the tenth is found lower, by one step.
    const { handle, versions } = world({ profiles: everyone(300, november, 0.16) });
    await handle();
    expect(versions[0]?.values.engaged?.enter).toBeCloseTo(43.2, 0);
    const newcomers = everyone(300, november, 0.16).filter(({ scores }) => (scores.engagement?.value ?? 0) >= (versions[0]?.values.engaged?.enter ?? 0)).length;
    expect(versions[0]?.moves).toEqual([{ from: 'everyone_else', to: 'fans', people: newcomers }]);
  });

  test('freezes loudly when the scores have drifted', async () => {
    const { handle, versions, clock, pages, lines } = world();
    await handle();
    clock.nowMs = Date.UTC(2026, 11, 1, 3);
    pages.profiles = everyone(300, clock.nowMs, 10);
    await handle();
    expect(versions[1]?.values).toEqual(versions[0]?.values);
    expect(versions[1]?.changes[0]?.decision).toBe('frozen');
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'calibration frozen', threshold: 'engaged' }));
  });
});

describe('a calibration that runs out of time', () => {
  test('goes on where it left off, and ends in what one run would have found, whatever crashes and overlaps', async () => {
    const whole = world();
    await whole.handle();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('short', 'crash', 'twice'), { maxLength: 12 }), fc.nat({ max: 30 }), async (troubles, crashAfter) => {
        const { handle, versions, clock, pages } = world();
        for (const trouble of troubles) {
          const readsBefore = pages.reads;
          pages.beforeRead = () => {
            clock.elapsedMs += 400;
            if (trouble === 'crash' && pages.reads - readsBefore >= crashAfter) throw new Error('crash');
          };
          await Promise.allSettled(trouble === 'twice' ? [handle(), handle()] : [handle()]);
        }
        pages.beforeRead = () => {};
        // Each run counts; none reads for ever.
        for (let run = 0; versions.length === 0 && run < 5; run += 1) await handle();
        expect(versions).toEqual(whole.versions);
      }),
      { numRuns: 60 },
    );
  });

  test('reads no page twice, when nothing crashes', async () => {
    const { handle, versions, clock, pages } = world();
    pages.beforeRead = () => void (clock.elapsedMs += 400);
    let runs = 0;
    while (versions.length === 0) {
      await handle();
      runs += 1;
    }
    expect(runs).toBeGreaterThan(3);
    // 75 people in each of 4 parts make 8 pages, in each of two phases.
    expect(pages.reads).toBe(2 * 4 * 8);
  });

  test('leaves a part to the run that was faster', async () => {
    const { handle, versions, pages } = world({ profiles: everyone(4 * 600) });
    await Promise.all([handle(), handle()]);
    expect(versions).toHaveLength(1);
    // 60 pages in each of 4 parts, in two phases. The slower run notices at its first save of a part, after 25 of them.
    expect(pages.reads).toBeLessThanOrEqual(2 * 4 * (60 + 25));
    expect(pages.reads).toBeGreaterThanOrEqual(2 * 4 * 60);
  });

  test('fails once it is late, so that somebody hears of it', async () => {
    const { handle, clock, pages } = world();
    pages.beforeRead = () => void (clock.elapsedMs += 2000);
    expect(await handle()).toEqual({ state: 'unfinished', version: 0 });
    clock.nowMs += 105 * 60_000;
    await expect(handle()).rejects.toThrow('the calibration of 2026-11 still has to measure after 105 minutes');
  });

  test('measures scores as they were at its beginning', async () => {
    const { handle, versions, clock, pages } = world();
    pages.beforeRead = () => void (clock.elapsedMs += 400);
    await handle();
    clock.nowMs += 20 * 60_000;
    pages.beforeRead = () => {};
    await handle();
    expect(versions[0]?.madeAtMs).toBe(november);
  });

  test('gives way to a version that was made meanwhile', async () => {
    const { handle, versions, clock, pages } = world();
    pages.beforeRead = () => void (clock.elapsedMs += pages.reads > 40 ? 2000 : 0);
    expect((await handle()).state).toBe('unfinished');
    const other: ThresholdsRecord = { version: 1, month: '2026-10', madeAtMs: 1, values: {}, changes: [] };
    versions.push(other);
    pages.beforeRead = () => {};
    expect((await handle()).state).toBe('overtaken');
    expect(versions).toEqual([other]);
    expect((await handle()).state).toBe('known');
  });
});

describe('versions', () => {
  const waiting = async () => {
    const store = new MemoryCalibrations();
    const made = world({ config: configOf({ calibration: { mode: 'approve' } }), store });
    expect(await made.handle()).toEqual({ state: 'proposed', version: 1 });
    return { ...made, store };
  };

  test('wait for approval when the config says so', async () => {
    const made = await waiting();
    expect(made.versions).toEqual([]);
    // Waiting, too, is an answer to the question for this month.
    expect((await made.handle()).state).toBe('known');
    const approved = await approve(made);
    expect(made.versions).toEqual([approved]);
    expect(approved.values.engaged).toEqual({ enter: 60, exit: 48 });
    await expect(approve(made)).rejects.toThrow('no version waits for approval');
    expect((await made.handle()).state).toBe('known');
  });

  test('can be approved again after a crash in between', async () => {
    const made = await waiting();
    const proposal = made.store.proposed;
    await approve(made);
    made.store.proposed = proposal;
    await approve(made);
    expect(made.versions).toHaveLength(1);
    expect(made.store.proposed).toBeUndefined();
  });

  test('are not approved over one that came in between', async () => {
    const made = await waiting();
    made.versions.push({ version: 1, month: '2026-10', madeAtMs: 1, values: {}, changes: [] });
    await expect(approve(made)).rejects.toThrow('would be version 1, but version 1 is in force');
  });

  test('can be rejected, and the month stays as it is', async () => {
    const made = await waiting();
    await reject(made);
    expect(made.store.proposed).toBeUndefined();
    expect(made.versions).toEqual([]);
    expect(await made.handle()).toEqual({ state: 'known', version: 0 });
  });

  test('need no approval when nothing moves', async () => {
    const made = world({ config: configOf({ calibration: { mode: 'approve' } }), profiles: everyone(100) });
    expect((await made.handle()).state).toBe('published');
  });

  test('roll back as new versions, to an earlier one or to the config, and the month is not calibrated again', async () => {
    const made = world();
    await made.handle();
    const back = await rollBack(made, 0, november + dayMs);
    expect(back).toMatchObject({ version: 2, rolledBackTo: 0, values: { engaged: { enter: 50, exit: 40 } } });
    expect((await made.handle()).state).toBe('known');
    const forth = await rollBack(made, 1, november + 2 * dayMs);
    expect(forth.values).toEqual({ engaged: { enter: 60, exit: 48 } });
    expect((await listVersions(made)).map(({ version, rolledBackTo }) => [version, rolledBackTo])).toEqual([[3, 1], [2, 0], [1, undefined]]);
    // The next month goes on from there.
    made.clock.nowMs = Date.UTC(2026, 11, 1, 3);
    made.pages.profiles = everyone(300, made.clock.nowMs);
    expect(await made.handle()).toEqual({ state: 'published', version: 4 });
    expect(made.versions.at(-1)?.changes[0]?.from).toBe(60);
  });

  test('refuse to roll back to what is not there', async () => {
    const made = world();
    await expect(rollBack(made, 0, 0)).rejects.toThrow(VersionError);
    await made.handle();
    await expect(rollBack(made, 7, 0)).rejects.toThrow('version 7: there is no such version; they go from 0, the config, to 1');
    await expect(rollBack(made, 1, 0)).rejects.toThrow('version 1 is in force already');
  });
});
