import { html, type Html } from '../pages/html.ts';
import { churnOf, transitionMatrix } from '../statistics/transitions.ts';
import type { Context } from './context.ts';
import { figure } from './figure.ts';
import { counted, list } from './format.ts';
import { flowPlot } from './plot-flow.ts';
import { matrixPlot } from './plot-matrix.ts';
import { missing } from './section.ts';
import { peopleIn } from './summary.ts';
import { table, type Table } from './table.ts';

export async function segments(context: Context): Promise<Html> {
  const { data, month } = context;
  return html`${table(sizes(context))}
${newcomers(context)}
${data.matrix.every(({ people }) => people === 0) ? missing(`No change of a segment is recorded for ${month}.`, 'Segments are recorded from the first event of a person on; then the flow between them shows here.') : [await flow(context), await transitions(context), churn(context)]}`;
}

/** When people are counted last. */
const atEnd = ({ isPartial }: Context): string => (isPartial ? 'now' : 'at the end');

function sizes(context: Context): Table {
  const { data, format, segmentLabel, isPartial } = context;
  const all = peopleIn(data);
  return {
    caption: 'People by segment',
    head: ['Segment', 'Who', 'At the start', isPartial ? 'Now' : 'At the end', 'Change', `Share ${atEnd(context)}`, 'Conversions'],
    words: [1],
    rows: data.segments.map(({ segment, title, atStart, atEnd: people }) => [
      segmentLabel(segment),
      title,
      format.count(atStart),
      format.count(people),
      atStart > 0 ? format.change(people / atStart - 1) : '–',
      format.rate(people, all),
      format.count(data.conversions.bySegment.find((one) => one.segment === segment)?.count ?? 0),
    ]),
  };
}

/** Those in the config, and those that are no longer in it. */
const segmentsIn = ({ segments, matrix }: Context['data']): string[] => [
  ...new Set([...segments.map(({ segment }) => segment), ...matrix.flatMap(({ from, to }) => (from === null ? [to] : [from, to]))]),
];

/** Conversions stand beside the segment just before them; some had none. */
function newcomers({ data, format }: Context): Html | undefined {
  const count = data.conversions.bySegment.find(({ segment }) => segment === null)?.count ?? 0;
  return count === 0
    ? undefined
    : html`<p class="note">Conversions are counted by the segment just before. ${format.count(count)} more came from people who were in none yet.</p>`;
}

function flow(context: Context): Promise<Html> {
  const { data, format, month, segmentLabel, segmentColour } = context;
  const keyOf = (segment: string | null) => segment ?? '';
  const place = (segment: string | null) => ({ key: keyOf(segment), label: segmentLabel(segment), colour: segmentColour(segment) });
  const known = segmentsIn(data);
  const moved = data.matrix.filter(({ from, to }) => from !== null && from !== to);
  const movers = moved.reduce((sum, { people }) => sum + people, 0);
  const largest = [...moved].sort((a, b) => b.people - a.people)[0];
  return figure(format, {
    title: `Where people went in ${month}`,
    note: `People by their segment at the start of the month, on the left, and ${atEnd(context)}, on the right. New are those who were not there at the start.`,
    says: `${counted(format, movers, 'person', 'people')} changed their segment${largest === undefined ? '' : `, most of them from ${segmentLabel(largest.from)} to ${segmentLabel(largest.to)}: ${format.count(largest.people)}`}.`,
    draw: (canvas) =>
      flowPlot(
        data.matrix.map(({ from, to, people }) => ({ from: keyOf(from), to, people })),
        [...known.map(place), place(null)],
        known.map(place),
        canvas,
      ),
    table: {
      caption: `people by segment at the start and ${atEnd(context)}`,
      head: ['From', 'To', 'People'],
      words: [1],
      rows: data.matrix.map(({ from, to, people }) => [segmentLabel(from), segmentLabel(to), format.count(people)]),
    },
  });
}

function transitions(context: Context): Promise<Html> {
  const { data, format, segmentLabel } = context;
  const known = segmentsIn(data);
  const rows = transitionMatrix(data.matrix, known).filter(({ people }) => people > 0);
  const stable = rows.filter(({ from }) => from !== null).sort((a, b) => b.stayed - a.stayed)[0];
  return figure(format, {
    title: 'Who stays, and who goes where',
    note: `Of the people of a row at the start, the share that is in the segment of the column ${atEnd(context)}; rows add up to 100%.`,
    says:
      stable === undefined
        ? 'All people are new.'
        : `The steadiest segment is ${segmentLabel(stable.from)}, of which ${format.percent(stable.stayed, 0)} stayed.`,
    draw: (canvas) =>
      matrixPlot(
        {
          rows: rows.map(({ from }) => segmentLabel(from)),
          columns: known.map(segmentLabel),
          cells: rows.map(({ shares }) => shares.map((share) => ({ depth: share, text: share === 0 ? '' : format.percent(share, 0) }))),
        },
        canvas,
      ),
    table: {
      caption: `people by segment at the start, in rows, and ${atEnd(context)}, in columns`,
      head: ['From', 'People', ...known.map(segmentLabel)],
      rows: rows.map(({ from, people, counts }) => [segmentLabel(from), format.count(people), ...counts.map(format.count)]),
    },
  });
}

function churn({ data, format, segmentLabel, isPartial }: Context): Html {
  if (data.lostSegments.length === 0)
    return missing('Churn is not measured.', 'It is once a segment of the config is marked as lost, which means that its people are gone.');
  const { atRisk, lost, wereLost, returned } = churnOf(data.matrix, data.lostSegments);
  if (atRisk + wereLost === 0) return missing('Churn cannot be told.', 'Nobody was there at the start of the month.');
  const gone = list(data.lostSegments.map(segmentLabel));
  return html`<p><strong>Churn: ${format.rate(lost, atRisk)}.</strong> Of ${counted(format, atRisk, 'person', 'people')} who were not in ${gone} at the start, ${format.count(lost)} ${isPartial ? 'are now' : 'were at the end'}.${wereLost > 0 && ` Of ${format.count(wereLost)} who were, ${format.count(returned)} came back (${format.rate(returned, wereLost)}).`}</p>`;
}
