import type { CalibrationStore } from '../adapters/calibration-store.ts';
import type { ControlStore } from '../adapters/control-store.ts';
import { decide } from '../domain/calibration/decide.ts';
import { measureProfile, mergeMeasures, noMeasure, packMeasure, unpackMeasure, type Measure, type PackedMeasure } from '../domain/calibration/measure.ts';
import { Moves } from '../domain/calibration/moves.ts';
import type { CalibrationRun, RunResult } from '../domain/calibration/run.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { monthOf, periodOf, previousMonth } from '../domain/period.ts';
import { seeded } from '../domain/statistics/bootstrap.ts';
import { thresholdsInForce, type SegmentMove, type ThresholdsRecord } from '../domain/rules/thresholds.ts';
import { sumUp, type PartsDeps, type Summing } from './parts.ts';

export interface AdvanceDeps extends Omit<PartsDeps, 'store'> {
  plan: Plan;
  store: CalibrationStore;
  control: Pick<ControlStore, 'thresholds' | 'publishThresholds' | 'model'>;
  /** Number of table slices that a new run reads. */
  parts: number;
}

export type Advanced =
  | { state: 'unfinished'; run: CalibrationRun }
  /** The month was calibrated before. */
  | { state: 'known'; version: number; result: RunResult }
  | { state: RunResult; record: ThresholdsRecord };

/**
 * Advances the calibration of the current month as far as time allows. Each step is stored and counted once, so the function may stop
 * anywhere, and several invocations may run at the same time.
 */
export async function advance(deps: AdvanceDeps, nowMs: number): Promise<Advanced> {
  const { control, store } = deps;
  const month = monthOf(nowMs);
  const current = await control.thresholds();
  const known = await store.run(month);
  if (known?.phase === 'done' || (current?.month === month && current.rolledBackTo === undefined)) {
    return { state: 'known', version: current?.version ?? 0, result: known?.result ?? 'published' };
  }
  const run = known ?? (await begin(deps, month, nowMs));
  const decided = run.phase === 'measure' ? await measureAndDecide(deps, run, current) : run;
  if (decided?.decided === undefined) return { state: 'unfinished', run };
  const moves = await predictMoves(deps, decided);
  if (moves === undefined) return { state: 'unfinished', run: decided };
  return conclude(deps, decided, recordOf(decided, moves));
}

async function begin({ store, parts }: AdvanceDeps, month: string, nowMs: number): Promise<CalibrationRun> {
  const run: CalibrationRun = { month, phase: 'measure', startedAtMs: nowMs, parts };
  const isFirst = await store.saveRun(run, undefined);
  return isFirst ? run : ((await store.run(month)) as CalibrationRun);
}

async function measureAndDecide(deps: AdvanceDeps, run: CalibrationRun, current: ThresholdsRecord | undefined): Promise<CalibrationRun | undefined> {
  const { plan, store } = deps;
  const at = { nowMs: run.startedAtMs, monthMs: periodOf(previousMonth(run.startedAtMs)).fromMs };
  const measuring: Summing<Measure> = {
    phase: 'measure',
    fields: 'scores',
    none: () => noMeasure(plan),
    add: (measure, profile) => measureProfile(measure, plan, profile, at),
    merge: mergeMeasures,
    pack: packMeasure,
    unpack: (packed) => unpackMeasure(packed as PackedMeasure),
  };
  const measure = await sumUp(deps, run, measuring);
  if (measure === undefined) return undefined;
  const earlier = await store.measureBefore(run.month);
  const before = thresholdsInForce(plan.config, current);
  const { values: after, changes } = decide(plan.config, before, measure, earlier && unpackMeasure(earlier), seeded(Number(run.month.replace('-', ''))));
  await store.saveMeasure(run.month, packMeasure(measure), run.startedAtMs);
  const next: CalibrationRun = { ...run, phase: 'predict', decided: { baseVersion: current?.version ?? 0, people: measure.people, before, after, changes } };
  const isFirst = await store.saveRun(next, 'measure');
  return isFirst ? next : store.run(run.month);
}

async function predictMoves(deps: AdvanceDeps, run: CalibrationRun): Promise<SegmentMove[] | undefined> {
  const { before, after, changes } = run.decided as NonNullable<CalibrationRun['decided']>;
  if (changes.every(({ from, to }) => from === to)) return [];
  const moment = { nowMs: run.startedAtMs, model: await deps.control.model() };
  const predicting: Summing<Moves> = {
    phase: 'predict',
    fields: 'rules',
    none: () => new Moves(),
    add: (moves, profile) => moves.predict(deps.plan, profile, moment, before, after),
    merge: (into, other) => into.merge(other),
    pack: (moves) => moves.list(),
    unpack: (packed) => new Moves(packed as SegmentMove[]),
  };
  return (await sumUp(deps, run, predicting))?.list();
}

function recordOf({ month, startedAtMs, decided }: CalibrationRun, moves: SegmentMove[]): ThresholdsRecord {
  const { baseVersion, people, after, changes } = decided as NonNullable<CalibrationRun['decided']>;
  return { version: baseVersion + 1, month, madeAtMs: startedAtMs, outcomeMonth: previousMonth(startedAtMs), people, values: after, changes, moves };
}

async function conclude({ plan, control, store }: AdvanceDeps, run: CalibrationRun, record: ThresholdsRecord): Promise<Advanced> {
  // A version that moves nothing needs no approval.
  const waits = plan.config.calibration.mode === 'approve' && record.changes.some(({ from, to }) => from !== to);
  let result: RunResult = 'proposed';
  if (waits) await store.propose(record);
  else result = (await control.publishThresholds(record)) ? 'published' : 'overtaken';
  await store.saveRun({ ...run, phase: 'done', result }, 'predict');
  return { state: result, record };
}
