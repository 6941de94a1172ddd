import type { Config } from '../../schemas/config.ts';
import type { ReportDataInput } from '../../schemas/report.ts';
import { rfmTable, type Buyers } from '../statistics/rfm.ts';
import { dayMs } from '../time.ts';
import { cents } from './amounts.ts';
import type { ConversionRecord } from './conversions.ts';
import type { Tally } from './tally.ts';

/** A purchase longer ago than this does not make a buyer. */
const buyerDays = 365;

/** Places in the names of the tally of buyers; spending is rounded to whole units there. Amounts are `people` and `spent`, which is exact. */
export const buyerPlace = { recencyDays: 0, frequency: 1, spending: 2, amount: 3 } as const;

/** Counts a person with all others who bought as recently, as often and for as much, so that no list of buyers is held. */
export function addBuyer(tally: Tally, conversions: readonly ConversionRecord[], { conversions: names }: Pick<Config, 'conversions'>, nowMs: number): void {
  const bought = conversions.filter(({ event, atMs }) => names.includes(event) && atMs <= nowMs && nowMs - atMs < buyerDays * dayMs);
  if (bought.length === 0) return;
  const recencyDays = Math.floor((nowMs - Math.max(...bought.map(({ atMs }) => atMs))) / dayMs);
  const spent = bought.reduce((sum, { revenue = 0 }) => sum + revenue, 0);
  const name = [recencyDays, bought.length, Math.round(spent)].map(String);
  tally.add([...name, 'people']);
  tally.add([...name, 'spent'], spent);
}

/** The ten groups of buyers, also empty ones; none of them when nobody bought. */
export function buyerNumbers(tally: Tally): NonNullable<ReportDataInput['rfm']> {
  const buyers = [...tally].flatMap(([[recencyDays = '', frequency = '', spending = '', amount], people]): Buyers[] =>
    amount === 'people'
      ? [{ recencyDays: Number(recencyDays), frequency: Number(frequency), monetary: Number(spending), people, spent: tally.get(recencyDays, frequency, spending, 'spent') }]
      : [],
  );
  if (buyers.length === 0) return [];
  return rfmTable(buyers).map(({ name, people, recencyDays, frequency, monetary, spent }) => ({ name, people, recencyDays, frequency, monetary, spent: cents(spent) }));
}
