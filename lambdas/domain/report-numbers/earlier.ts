import type { ReportData, ReportDataInput } from '../../schemas/report.ts';
import type { Period } from '../period.ts';

/** The report of the month before, when it is one of the whole month. */
export const wholeReport = (report: ReportData | undefined, { fromMs }: Period): ReportData | undefined =>
  report !== undefined && report.generatedAtMs >= fromMs ? report : undefined;

/** What is compared with the month before: revenue only when both months have it in the same currency. */
export function earlierNumbers({ segments, campaigns, conversions, currency }: ReportData, now: Pick<ReportDataInput, 'currency'>): NonNullable<ReportDataInput['previous']> {
  const emails = campaigns.flatMap((campaign) => campaign.emails);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  return {
    people: sum(segments.map(({ atEnd }) => atEnd)),
    sent: sum(emails.map(({ sent }) => sent)),
    conversions: conversions.count,
    ...(currency === now.currency && { revenue: sum(emails.map(({ revenue }) => revenue)) }),
  };
}
