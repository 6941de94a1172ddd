import * as z from 'zod/mini';
import type { ReportStore } from '../adapters/report-store.ts';
import { previousMonth } from '../domain/period.ts';
import type { ReportDataInput } from '../schemas/report.ts';
import { buildNumbers, type BuildDeps } from './build.ts';
import { notifyReaders, type TellDeps } from './notify-readers.ts';

export interface Deps extends Omit<BuildDeps, 'control' | 'reports'>, Omit<TellDeps, 'config'> {
  control: BuildDeps['control'];
  reports: Pick<ReportStore, 'save' | 'load'>;
  render(data: ReportDataInput): Promise<string>;
}

/** An operator may name a month; the schedule names none, which is the month that has just ended. */
const request = z.object({ month: z.optional(z.string()) });

/**
 * Builds and stores the report of a month, and mails its readers the link. Can be repeated: the report is overwritten, and
 * nobody is notified twice.
 */
export function createHandler(deps: Deps) {
  return async (event: unknown): Promise<{ month: string; notified: number }> => {
    const nowMs = deps.now();
    const { month = previousMonth(nowMs) } = request.parse(event ?? {});
    const data = await buildNumbers(deps, month, nowMs);
    await deps.reports.save(month, { html: await deps.render(data), json: JSON.stringify(data, null, 2) });
    const notified = await notifyReaders({ ...deps, config: deps.plan.config }, month);
    deps.logger.info('report made', { month, conversions: data.conversions.count, told: notified });
    return { month, notified };
  };
}
