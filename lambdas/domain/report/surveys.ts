import type { ReportData } from '../../schemas/report.ts';
import { html, type Html } from '../pages/html.ts';
import { judge } from './assumption.ts';
import type { Context } from './context.ts';
import { figure } from './figure.ts';
import { colourOf } from './palette.ts';
import { stackedBars } from './plot-bars.ts';
import { missing } from './section.ts';

type Survey = ReportData['surveys'][number];

export async function surveys(context: Context): Promise<Html> {
  const { data, month } = context;
  const answered = data.surveys.filter(({ bySegment }) => bySegment.some(({ answers }) => answers.some(({ count }) => count > 0)));
  if (answered.length === 0)
    return missing(
      `No survey was answered in ${month}.`,
      'A step with a survey asks in its email; answers show here by the segment of those who were asked.',
    );
  return html`${await Promise.all(answered.map((survey) => one(context, survey)))}`;
}

async function one({ format, segmentLabel }: Context, { question, answers, bySegment }: Survey): Promise<Html> {
  const name = (segment: string | null) => (segment === null ? 'No segment' : segmentLabel(segment));
  const countOf = (row: Survey['bySegment'][number], value: string) =>
    row.answers.reduce((sum, one) => (one.value === value ? sum + one.count : sum), 0);
  const total = (row: Survey['bySegment'][number]) => answers.reduce((sum, { value }) => sum + countOf(row, value), 0);
  const rows = bySegment.filter((row) => total(row) > 0);
  const all = rows.reduce((sum, row) => sum + total(row), 0);
  const colours = answers.map((_, index) => colourOf(index));
  const commonest = answers
    .map(({ value, label }) => ({ label, count: rows.reduce((sum, row) => sum + countOf(row, value), 0) }))
    .sort((a, b) => b.count - a.count)[0];
  return html`<h3>${question}</h3>
${await figure(format, {
  title: 'Answers by segment',
  note: `Shares of ${format.count(all)} answers, by the segment in which people were asked.`,
  says: commonest === undefined ? '' : `Most answers are “${commonest.label}”: ${format.count(commonest.count)} of ${format.count(all)}.`,
  legend: answers.map(({ label }, index) => ({ label, colour: colours[index] ?? 'c0' })),
  draw: (canvas) =>
    stackedBars(
      rows.map((row) => ({ label: name(row.segment), values: answers.map(({ value }) => countOf(row, value)) })),
      colours,
      canvas,
    ),
  table: {
    caption: `answers to “${question}”`,
    head: ['Segment', 'Answers', ...answers.map(({ label }) => label)],
    rows: rows.map((row) => [
      name(row.segment),
      format.count(total(row)),
      ...answers.map(({ value }) => format.count(countOf(row, value))),
    ]),
  },
})}
${rows.map(({ segment, answers: given, assumption }) => {
  const found = assumption && judge(given, assumption);
  if (assumption === undefined || found === undefined) return undefined;
  return html`<p class="verdict ${found.kind}"><strong>${judgements[found.kind]}</strong> ${name(segment)}: “${assumption.words}” ${format.percent(found.share, 0)} of ${format.count(found.answers)} answers speak for it (${format.percent(found.from, 0)} to ${format.percent(found.to, 0)}).</p>`;
})}`;
}

const judgements = { confirmed: 'Confirmed', refuted: 'Refuted', undecided: 'Undecided' } as const;
