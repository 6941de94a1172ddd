import { html, type Html } from '../pages/html.ts';
import { exclusiveRegions, mostSets, pairwiseOverlaps, peopleIn } from '../statistics/overlap.ts';
import type { Context } from './context.ts';
import { figure } from './figure.ts';
import { counted } from './format.ts';
import { matrixPlot } from './plot-matrix.ts';
import { vennPlot } from './plot-venn.ts';
import { missing } from './section.ts';

/** Which rules hold at the same time, before the order of the segments decides. */
export async function overlap(context: Context): Promise<Html> {
  const { data, format } = context;
  const sets = setsOf(context);
  if (sets.length < 2)
    return missing('There are no two segments whose rules hold for anybody.', 'With people in two of them, their overlap shows here.');
  const all = data.overlaps.reduce((sum, { people }) => sum + people, 0);
  const several = data.overlaps.reduce((sum, { segments, people }) => (segments.length > 1 ? sum + people : sum), 0);
  return html`<p>The rules of two or more segments hold for ${counted(format, several, 'person', 'people')} (${format.rate(several, all)}); the first of them in the order of the config gets the person. A large overlap means that this order decides more than the rules do.</p>
${await venn(context, sets)}
${await pairs(context, sets)}`;
}

const setsOf = ({ data }: Context): string[] => data.segments.map(({ segment }) => segment).filter((segment) => peopleIn(data.overlaps, segment) > 0);

function venn({ data, format, segmentLabel, segmentColour }: Context, sets: readonly string[]): Promise<Html> {
  const sizeOf = (set: string) => peopleIn(data.overlaps, set);
  const largest = [...sets].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, mostSets);
  const shown = sets.filter((set) => largest.includes(set));
  const letterOf = (set: string) => String.fromCharCode(65 + shown.indexOf(set));
  const regions = exclusiveRegions(data.overlaps, shown);
  const together = regions.filter(({ segments }) => segments.length > 1).sort((a, b) => b.people - a.people)[0];
  return figure(format, {
    title: shown.length < sets.length ? 'The four largest segments, as their rules overlap' : 'Segments, as their rules overlap',
    note: 'People for whom the rules hold, before the order decides. Areas are as near to the numbers as circles allow; a part that is too small for its number is in the table.',
    says:
      together === undefined || together.people === 0
        ? 'No two overlap.'
        : `The largest overlap is ${together.segments.map(segmentLabel).join(' with ')}: ${counted(format, together.people, 'person', 'people')}.`,
    legend: shown.map((set) => ({
      mark: letterOf(set),
      label: `${segmentLabel(set)}: ${format.count(sizeOf(set))}`,
      colour: segmentColour(set),
    })),
    draw: (canvas) =>
      vennPlot(
        shown.map((set) => ({ letter: letterOf(set), colour: segmentColour(set) })),
        regions.map(({ segments, people }) => ({ letters: segments.map(letterOf), people })),
        canvas,
      ),
    table: {
      caption: 'people by exactly the segments whose rules hold',
      head: ['Rules that hold', 'People'],
      rows: regions.map(({ segments, people }) => [segments.map(segmentLabel).join(' and '), format.count(people)]),
    },
  });
}

function pairs({ data, format, segmentLabel }: Context, sets: readonly string[]): Promise<Html> {
  const overlaps = pairwiseOverlaps(data.overlaps, sets);
  const shareOf = (row: string, column: string): number | undefined => {
    const pair = overlaps.find(({ first, second }) => (first === row && second === column) || (first === column && second === row));
    return pair && (pair.first === row ? pair.ofFirst : pair.ofSecond);
  };
  const nearest = [...overlaps].sort((a, b) => b.jaccard - a.jaccard)[0];
  return figure(format, {
    title: 'Overlap of each two segments',
    note: 'Of the people for whom the rule of the row holds, the share for whom that of the column holds as well.',
    says:
      nearest === undefined
        ? ''
        : `${segmentLabel(nearest.first)} and ${segmentLabel(nearest.second)} have the most in common: ${format.percent(nearest.jaccard)} of those in either are in both.`,
    draw: (canvas) =>
      matrixPlot(
        {
          rows: sets.map(segmentLabel),
          columns: sets.map(segmentLabel),
          cells: sets.map((row) =>
            sets.map((column) => {
              const share = shareOf(row, column);
              return share === undefined ? null : { depth: share, text: share === 0 ? '' : format.percent(share, 0) };
            }),
          ),
        },
        canvas,
      ),
    table: {
      caption: 'overlap of each two segments',
      head: ['One', 'Other', 'In both', 'Of the one', 'Of the other', 'Of either (Jaccard)'],
      words: [1],
      rows: overlaps.map(({ first, second, people, ofFirst, ofSecond, jaccard }) => [
        segmentLabel(first),
        segmentLabel(second),
        format.count(people),
        format.percent(ofFirst),
        format.percent(ofSecond),
        format.percent(jaccard),
      ]),
    },
  });
}
