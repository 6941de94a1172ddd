import type { ReportDataInput } from '../../schemas/report.ts';
import { hourMs } from '../time.ts';
import { cents } from './amounts.ts';
import { dayOf, isIn, type Period } from '../period.ts';
import { absent } from './segment-changes.ts';
import type { Tally } from './tally.ts';

/** A conversion as it is recorded. */
export interface ConversionRecord {
  event: string;
  atMs: number;
  receivedAtMs: number;
  source: string;
  revenue?: number;
  currency?: string;
  segment: string | null;
}

/** Places in the names of the tally of conversions; amounts are `conversions`, `revenue` and `late`. */
export const conversionPlace = { segment: 0, currency: 1, amount: 2, day: 3 } as const;
const noCurrency = '';
const lateAfterMs = hourMs;

export function addConversions(tally: Tally, conversions: readonly ConversionRecord[], period: Period): void {
  for (const { source, segment, currency = noCurrency, revenue = 0, atMs, receivedAtMs } of conversions) {
    if (!isIn(period, atMs)) continue;
    const [name, day] = [[segment ?? absent, currency], dayOf(atMs)];
    tally.add([...name, 'conversions', day]);
    tally.add([...name, 'revenue', day], revenue);
    if (source !== 'import' && receivedAtMs - atMs > lateAfterMs) tally.add([...name, 'late', day]);
  }
}

export function conversionNumbers(conversions: Tally): ReportDataInput['conversions'] {
  const { segment, currency, amount } = conversionPlace;
  const counted = { [amount]: 'conversions' };
  return {
    count: conversions.sum(counted),
    revenue: [...conversions.by(currency, { [amount]: 'revenue' })].filter(([name, sum]) => name !== noCurrency || sum !== 0).map(([name, sum]) => ({ currency: name, amount: cents(sum) })),
    bySegment: [...conversions.by(segment, counted)].map(([name, count]) => ({ segment: name === absent ? null : name, count })),
  };
}

/** That of all conversions that name one; undefined when they name several, or none. */
export function currencyOf(conversions: Tally): string | undefined {
  const [first, ...others] = [...conversions.by(conversionPlace.currency).keys()].filter((name) => name !== noCurrency);
  return others.length === 0 ? first : undefined;
}

export const lateConversions = (conversions: Tally): number => conversions.sum({ [conversionPlace.amount]: 'late' });
