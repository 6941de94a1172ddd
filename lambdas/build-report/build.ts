import type { ControlStore } from '../adapters/control-store.ts';
import type { Counters } from '../adapters/counters.ts';
import type { LetterCount } from '../adapters/letter-count.ts';
import { reportNumbers, type ReportNumbers } from '../domain/report-numbers/numbers.ts';
import { periodOf } from '../domain/report-numbers/period.ts';
import { thresholdsInForce } from '../domain/thresholds.ts';
import { collect, type CollectDeps } from './collect.ts';

export interface BuildDeps extends CollectDeps {
  control: Pick<ControlStore, 'thresholds' | 'thresholdsOfVersion'>;
  counters: Pick<Counters, 'ofMonth'>;
  /** How many events of a month were put aside. */
  countLetters(month: string): Promise<LetterCount>;
}

/**
 * Counts a month, up to the present when it is not over.
 * @throws Error when the month is none
 */
export async function buildNumbers(deps: BuildDeps, month: string, nowMs: number): Promise<ReportNumbers> {
  const { config } = deps.plan;
  const period = periodOf(month);
  const current = await deps.control.thresholds();
  const moment = { nowMs, thresholds: thresholdsInForce(config, current), thresholdsVersion: current?.version ?? 0 };
  const [sums, counts, letters, previous] = await Promise.all([
    collect(deps, period, moment),
    deps.counters.ofMonth(month),
    deps.countLetters(month),
    current && current.version > 1 ? deps.control.thresholdsOfVersion(current.version - 1) : undefined,
  ]);
  const skipped = [...Map.groupBy(counts, ({ campaign, step, reason }) => [campaign, step, reason].join('#')).values()].map((same) => {
    const [{ campaign, step, reason }] = same as [(typeof counts)[number]];
    return { campaign, step, reason, count: same.reduce((sum, { count }) => sum + count, 0) };
  });
  return reportNumbers(config, period, sums, { madeAtMs: nowMs, skipped, letters, thresholds: { current, previous } });
}
