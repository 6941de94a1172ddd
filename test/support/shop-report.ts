import { buildNumbers, type BuildDeps } from '../../lambdas/build-report/build.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import type { ThresholdsRecord } from '../../lambdas/domain/rules/thresholds.ts';
import { reportData, type ReportData } from '../../lambdas/schemas/report.ts';
import { hourMs } from './events.ts';
import { live, madeAtMs, shop, type LogLine, type World } from './shop-months.ts';

export const februaryMadeAtMs = Date.parse('2026-03-01T05:00:00Z');

/** Made on the first of March and of April, before the report of the month that had ended. */
const versions = [
  { version: 1, month: '2026-03', madeAtMs: februaryMadeAtMs - 2 * hourMs, values: { keen: { enter: 6, exit: 4 } }, changes: [] },
  { version: 2, month: '2026-04', madeAtMs: madeAtMs - 2 * hourMs, values: { keen: { enter: 9, exit: 6 } }, changes: [] },
] satisfies ThresholdsRecord[];

/** The report of a month of the shop, as it comes out of all that the pipeline has made of the log by then. */
export async function shopReport(log: readonly LogLine[], month: string, atMs: number, before?: ReportData): Promise<ReportData> {
  return reportData.parse(await buildNumbers(depsOf(await live(log, atMs), atMs, before), month, atMs));
}

function depsOf({ pipeline, sends, counters }: World, nowMs: number, before?: ReportData): BuildDeps {
  const known = versions.filter((one) => one.madeAtMs <= nowMs);
  return {
    plan: compilePlan(shop),
    profiles: pipeline.store,
    sends,
    counters,
    control: { thresholds: async () => known.at(-1), thresholdsOfVersion: async (version) => known.find((one) => one.version === version), training: async () => undefined },
    calibration: { proposal: async () => undefined },
    countLetters: async () => ({ unreadable: 4, failed: 1 }),
    reports: { load: async (month) => (month === before?.month ? before : undefined) },
  };
}
