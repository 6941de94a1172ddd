import type { Html } from '../pages/html.ts';
import type { Context } from './context.ts';
import { figure } from './figure.ts';
import { shortDay } from './format.ts';
import { daysPlot, type DayPanel } from './plot-days.ts';
import { missing } from './section.ts';

export async function days({ data, format, month }: Context): Promise<Html> {
  const { days } = data;
  if (days.every(({ sent, conversions }) => sent + conversions === 0)) {
    return missing(`Nothing happened in ${month}.`, 'Emails and conversions show here, by day.');
  }
  const panels: DayPanel[] = [
    [
      { name: 'Emails sent', colour: 'c0', shape: 'column', values: days.map(({ sent }) => sent) },
      { name: 'opened', colour: 'c1', shape: 'line', values: days.map(({ opened }) => opened) },
      { name: 'clicked', colour: 'c2', shape: 'dashed-line', values: days.map(({ clicked }) => clicked) },
    ],
    [
      { name: 'Conversions', colour: 'c0', shape: 'column', values: days.map(({ conversions }) => conversions) },
      { name: 'credited to email', colour: 'c1', shape: 'column', values: days.map(({ credited }) => credited) },
    ],
  ];
  const busiest = days.reduce((best, day) => (day.sent > best.sent ? day : best));
  const sum = (of: (day: (typeof days)[number]) => number) => days.reduce((total, day) => total + of(day), 0);
  return figure(format, {
    title: `${month}, day by day`,
    note: 'Counts by day, in UTC. Opens and clicks stand on the day of the email that they belong to, conversions on their own.',
    says: `${format.count(sum(({ sent }) => sent))} emails, most of them on ${shortDay(busiest.day)} with ${format.count(busiest.sent)}; ${format.count(sum(({ conversions }) => conversions))} conversions, of which ${format.decimal(sum(({ credited }) => credited))} are credited to emails.`,
    draw: (canvas) =>
      daysPlot(
        days.map(({ day }) => day),
        panels,
        canvas,
      ),
    table: {
      caption: 'the month by day',
      head: ['Day', 'Sent', 'Opened', 'Clicked', 'Conversions', 'Credited'],
      rows: days.map(({ day, sent, opened, clicked, conversions, credited }) => [
        shortDay(day),
        ...[sent, opened, clicked, conversions].map(format.count),
        format.decimal(credited),
      ]),
    },
  });
}
