import type { ReportData } from '../../schemas/report.ts';
import { html, type Html } from '../pages/html.ts';
import { monthsBefore } from '../period.ts';
import type { Context } from './context.ts';
import { totalOf } from './counts.ts';
import { counted, list, monthName } from './format.ts';

interface Headline {
  name: string;
  value: string;
  note?: string;
}

/** The month in a few sentences and seven numbers. */
export function summary(context: Context): Html {
  return html`<p class="lead">${sentences(context).join(' ')}</p>
<dl class="headlines">${headlines(context).map(({ name, value, note }) => html`<div><dt>${name}</dt><dd><b>${value}</b>${note !== undefined && html`<span>${note}</span>`}</dd></div>`)}</dl>`;
}

function sentences({ data, format, month }: Context): string[] {
  const emails = totalOf(data.campaigns);
  const { count, revenue } = data.conversions;
  const people = counted(format, peopleIn(data), 'person is', 'people are');
  const sent =
    emails.sent === 0
      ? `No email was sent in ${month}.`
      : `In ${month}, ${counted(format, emails.sent, 'email was', 'emails were')} sent; of those delivered, ${format.rate(emails.opened, emails.delivered)} were opened and ${format.rate(emails.clicked, emails.delivered)} clicked.`;
  const money = revenue.length > 0 ? `, worth ${revenueText(data, format)}` : '';
  const converted =
    count === 0
      ? 'Nobody converted.'
      : `${capital(counted(format, count, 'conversion', 'conversions'))} came in${money}; ${format.decimal(emails.conversions)} of them followed an email.`;
  return [sent, converted, `${people} known, in ${counted(format, data.segments.length, 'segment', 'segments')}.`];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
export const peopleIn = ({ segments }: Pick<ReportData, 'segments'>): number => segments.reduce((sum, { atEnd }) => sum + atEnd, 0);

/** All revenue of the month, an amount for each currency. */
function revenueText({ conversions }: ReportData, format: Context['format']): string {
  return list(conversions.revenue.map(({ currency, amount }) => format.money(amount, currency)));
}

function headlines({ data, format }: Context): Headline[] {
  const emails = totalOf(data.campaigns);
  const { previous, conversions } = data;
  const since = (now: number, before: number | undefined) => changeNote(format, data.month, now, before);
  const people = peopleIn(data);
  const arrived = data.matrix.filter(({ from }) => from === null).reduce((sum, move) => sum + move.people, 0);
  return [
    {
      name: 'People',
      value: format.count(people),
      ...(arrived > 0 ? { note: `${format.count(arrived)} of them new` } : since(people, previous?.people)),
    },
    { name: 'Emails sent', value: format.count(emails.sent), ...since(emails.sent, previous?.sent) },
    { name: 'Open rate', value: format.rate(emails.opened, emails.delivered), note: 'of delivered emails' },
    { name: 'Click-through rate', value: format.rate(emails.clicked, emails.delivered), note: 'of delivered emails' },
    { name: 'Conversions', value: format.count(conversions.count), ...since(conversions.count, previous?.conversions) },
    {
      name: 'Credited to email',
      value: format.decimal(emails.conversions),
      note: `${format.rate(emails.conversions, conversions.count)} of all conversions`,
    },
    { name: 'Revenue by email', value: format.money(emails.revenue), ...since(emails.revenue, previous?.revenue) },
  ];
}

function changeNote(format: Context['format'], month: string, now: number, before: number | undefined): { note?: string } {
  if (before === undefined || before <= 0) return {};
  return { note: `${format.change(now / before - 1)} on ${monthName(monthsBefore(month, 1))}` };
}
