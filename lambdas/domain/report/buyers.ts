import type { Html } from '../pages/html.ts';
import type { Context } from './context.ts';
import { figure } from './figure.ts';
import { groupedBars } from './plot-bars.ts';
import { missing } from './section.ts';

/** Buyers by recency, frequency and monetary value. */
export async function buyers({ data: { rfm }, format }: Context): Promise<Html> {
  const all = rfm.reduce((sum, { people }) => sum + people, 0);
  if (all === 0)
    return missing('Nobody has bought anything.', 'Purchases group buyers by how recently, how often and for how much they bought.');
  const spent = rfm.reduce((sum, row) => sum + row.spent, 0);
  const [most] = [...rfm].sort((a, b) => b.spent - a.spent);
  return figure(format, {
    title: 'Buyers by recency, frequency and spending',
    note: 'People who bought within the 365 days before the report, in each of the ten groups that fifths of recency, frequency and spending make, and their share of all buyers.',
    says: most === undefined ? '' : `${most.name} spent the most: ${format.money(most.spent)}, ${format.rate(most.spent, spent)} of all.`,
    draw: (canvas) =>
      groupedBars(
        rfm.map(({ name, people }) => ({
          label: name,
          bars: [{ value: people, text: `${format.count(people)} · ${format.rate(people, all)}`, colour: 'c1' }],
        })),
        canvas,
      ),
    table: {
      caption: 'groups of buyers',
      head: ['Group', 'People', 'Share', 'Days since the last purchase', 'Purchases', 'Spent by each', 'Spent by all', 'Share of spending'],
      rows: rfm.map(({ name, people, recencyDays, frequency, monetary, spent: sum }) => [
        name,
        format.count(people),
        format.rate(people, all),
        ...(people > 0 ? [format.decimal(recencyDays), format.decimal(frequency), format.money(monetary)] : ['–', '–', '–']),
        format.money(sum),
        format.rate(sum, spent),
      ]),
    },
  });
}
