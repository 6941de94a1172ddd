import type { CalibrationStore } from '../adapters/calibration-store.ts';
import type { ControlStore } from '../adapters/control-store.ts';
import type { Count, Counters } from '../adapters/counters.ts';
import type { DeadLetterCount } from '../adapters/dead-letter-count.ts';
import type { ReportStore } from '../adapters/report-store.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { judgedRule } from '../domain/report-numbers/accuracy.ts';
import type { Skipped } from '../domain/report-numbers/campaigns.ts';
import { reportNumbers } from '../domain/report-numbers/numbers.ts';
import { monthsBefore, periodOf } from '../domain/period.ts';
import { thresholdsInForce } from '../domain/rules/thresholds.ts';
import type { ReportDataInput } from '../schemas/report.ts';
import { collect, type CollectDeps } from './collect.ts';

export interface BuildDeps extends CollectDeps {
  plan: Plan;
  control: Pick<ControlStore, 'thresholds' | 'thresholdsOfVersion' | 'training'>;
  calibration: Pick<CalibrationStore, 'proposal'>;
  counters: Pick<Counters, 'ofMonth'>;
  /** Counts the dead letters of a month. */
  countLetters(month: string): Promise<DeadLetterCount>;
  /** The reports of earlier months; left out, nothing is compared with the month before. */
  reports?: Pick<ReportStore, 'load'> | undefined;
}

/**
 * Counts a month, up to the present when it is not over.
 * @throws Error when the month is none
 */
export async function buildNumbers(deps: BuildDeps, month: string, nowMs: number): Promise<ReportDataInput> {
  const { plan, control } = deps;
  const period = periodOf(month);
  const current = await control.thresholds();
  const [previous, proposal, training] = await Promise.all([
    current && current.version > 1 ? control.thresholdsOfVersion(current.version - 1) : undefined,
    deps.calibration.proposal(),
    control.training(),
  ]);
  const thresholds = { current, previous, proposal };
  const moment = { nowMs, thresholds: thresholdsInForce(plan.config, current) };
  const [sums, counts, letters, before] = await Promise.all([
    collect(deps, { plan, period, moment, rule: judgedRule(plan.config, period, thresholds, nowMs) }),
    deps.counters.ofMonth(month),
    deps.countLetters(month),
    deps.reports?.load(monthsBefore(month, 1)),
  ]);
  return reportNumbers(plan.config, period, sums, { madeAtMs: nowMs, skipped: skippedOf(counts), deadLetters: letters, thresholds, training, before });
}

/** Adds up counts by day into those of the month. */
function skippedOf(counts: readonly Count[]): Skipped[] {
  const byName = Map.groupBy(counts, ({ campaign, step, reason }) => [campaign, step, reason].join('#'));
  const inOrder = [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
  return inOrder.map(([, same]) => {
    const [{ campaign, step, reason }] = same as [Count];
    return { campaign, step, reason, count: same.reduce((sum, { count }) => sum + count, 0) };
  });
}
