import type { ReportData } from '../../schemas/report.ts';
import { html, type Html } from '../pages/html.ts';
import { calibration } from './calibration.ts';
import type { Context } from './context.ts';
import { figure } from './figure.ts';
import { counted, readable, shortMonth } from './format.ts';
import { histogram } from './plot-histogram.ts';
import { matrixPlot } from './plot-matrix.ts';
import { missing } from './section.ts';

export async function scores(context: Context): Promise<Html> {
  const { data } = context;
  const cohorts = data.cohorts.filter(({ rows }) => rows.length > 0);
  const some = data.scores.filter(({ bins }) => bins.length > 0);
  return html`${some.length === 0 ? missing('Nobody has a score above zero.', 'Events that the config gives points for bring scores.') : await Promise.all(some.map((score) => distribution(context, score)))}
${cohorts.length === 0 ? missing('How scores go on by cohort is not known yet.', 'It is once people have been scored at the end of two months.') : await Promise.all(cohorts.map((cohort) => evolution(context, cohort)))}
<h3>Thresholds</h3>
${calibration(context)}`;
}

function distribution({ format }: Context, { score, bins, thresholds }: ReportData['scores'][number]): Promise<Html> {
  const people = bins.reduce((sum, bin) => sum + bin.people, 0);
  const fullest = bins.reduce((best, bin) => (bin.people > best.people ? bin : best));
  const lines = thresholds.map(({ threshold, before, now }) => ({ name: readable(threshold), before, now }));
  const moved = lines.map(({ name, before, now }) =>
    before === now ? `${name} at ${format.decimal(now)}` : `${name} at ${format.decimal(now)}, before at ${format.decimal(before)}`,
  );
  return figure(format, {
    title: `People by ${readable(score).toLowerCase()} score`,
    note: `${counted(format, people, 'person', 'people')} with a score above zero. Lines show the thresholds: solid now, dashed before the last calibration.`,
    says: `Most people, ${format.count(fullest.people)}, have a score from ${format.decimal(fullest.from)} to ${format.decimal(fullest.to)}.${moved.length > 0 ? ` Thresholds: ${moved.join('; ')}.` : ''}`,
    draw: (canvas) => histogram(bins, lines, canvas),
    table: {
      caption: `people by ${readable(score).toLowerCase()} score`,
      head: ['Score', 'People', 'Share'],
      rows: bins.map(({ from, to, people: count }) => [
        `${format.decimal(from)} to ${format.decimal(to)}`,
        format.count(count),
        format.rate(count, people),
      ]),
    },
  });
}

function evolution({ format }: Context, { score, rows }: ReportData['cohorts'][number]): Promise<Html> {
  const cohorts = [...new Set(rows.map(({ cohort }) => cohort))].sort();
  // More months do not fit beside each other.
  const months = [...new Set(rows.map(({ month }) => month))].sort().slice(-6);
  const highest = Math.max(1e-9, ...rows.map(({ mean }) => mean));
  const [first, last] = [rows[0], rows.filter(({ cohort }) => cohort === rows[0]?.cohort).at(-1)];
  const name = readable(score).toLowerCase();
  return figure(format, {
    title: `How the ${name} score goes on, by cohort`,
    note: 'Mean score of the people who were first seen in the month of the row, at the end of the month of the column; people without a score count as 0.',
    says:
      first === undefined || last === undefined
        ? ''
        : `The cohort of ${shortMonth(first.cohort)} went from ${format.decimal(first.mean)} to ${format.decimal(last.mean)}.`,
    draw: (canvas) =>
      matrixPlot(
        {
          rows: cohorts.map(shortMonth),
          columns: months.map(shortMonth),
          cells: cohorts.map((cohort) =>
            months.map((month) => {
              const row = rows.find((one) => one.cohort === cohort && one.month === month);
              return row === undefined ? null : { depth: row.mean / highest, text: format.fixed(row.mean) };
            }),
          ),
        },
        canvas,
      ),
    table: {
      caption: `${name} score by cohort and month`,
      head: ['Cohort', 'Month', 'People', 'Mean', 'Lowest tenth', 'Median', 'Highest tenth'],
      words: [1],
      rows: rows.map(({ cohort, month, people, mean, lowest10, median, highest10 }) => [
        shortMonth(cohort),
        shortMonth(month),
        format.count(people),
        ...[mean, lowest10, median, highest10].map((value) => format.fixed(value)),
      ]),
    },
  });
}
