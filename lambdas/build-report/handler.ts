import * as z from 'zod/mini';
import type { ReportStore } from '../adapters/report-store.ts';
import type { ReportNumbers } from '../domain/report-numbers/numbers.ts';
import { previousMonth } from '../domain/report-numbers/period.ts';
import { buildNumbers, type BuildDeps } from './build.ts';
import { tellReaders, type TellDeps } from './tell-readers.ts';

export interface Deps extends Omit<BuildDeps, 'control'>, Omit<TellDeps, 'config' | 'control'> {
  control: BuildDeps['control'] & TellDeps['control'];
  reports: Pick<ReportStore, 'save'>;
  render(numbers: ReportNumbers): string;
}

/** An operator may name a month; the schedule means the one that has just ended. */
const request = z.object({ month: z.optional(z.string()) });

/**
 * Makes the report of a month, keeps it, and tells its readers where it is. Can be repeated: the same month is written over, and
 * nobody is told twice.
 */
export function createHandler(deps: Deps) {
  return async (event: unknown): Promise<{ month: string; told: number }> => {
    const nowMs = deps.now();
    const { month = previousMonth(nowMs) } = request.parse(event ?? {});
    const numbers = await buildNumbers(deps, month, nowMs);
    await deps.reports.save(month, { html: deps.render(numbers), json: JSON.stringify(numbers, null, 2) });
    const told = await tellReaders({ ...deps, config: deps.plan.config }, month);
    deps.logger.info('report made', { month, conversions: numbers.conversions.count, told });
    return { month, told };
  };
}
