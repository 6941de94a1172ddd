import { html, type Html } from '../pages/html.ts';
import type { Context } from './context.ts';
import { figure } from './figure.ts';
import { counted, monthTitle, readable, type Format } from './format.ts';
import { sharesPlot } from './plot-shares.ts';
import { missing } from './section.ts';
import type { ReportData } from '../../schemas/report.ts';

type Test = NonNullable<NonNullable<ReportData['classifier']>['test']>;

export async function classifier({ data: { classifier: trained }, format }: Context): Promise<Html> {
  if (trained === undefined) return missing('No classifier was trained.', 'It is off, or no month has outcomes of enough people yet.');
  const { month, threshold, inUse, words, people, converted, basis, test, decidedBy } = trained;
  const all = decidedBy && decidedBy.rule + decidedBy.model + decidedBy.fallback;
  return html`<p><strong>${inUse ? 'In use.' : 'Not in use.'}</strong> ${words}</p>
<p>It learns from ${counted(format, people, 'person', 'people')} of ${monthTitle(month)} who were near the threshold ${readable(threshold)} or little known${basis === 'holdout' && ', none of them mailed'}, ${format.count(converted)} of whom converted.${test && tested(format, test)}</p>
${decidedBy !== undefined && all !== undefined && html`<p>Of ${counted(format, all, 'segment', 'segments')} as people have them now, the rule decided on ${format.rate(decidedBy.rule, all)}, the model on ${format.rate(decidedBy.model, all)}, and ${format.rate(decidedBy.fallback, all)} are in the fallback.</p>`}
${test && test.coverage.length > 1 && (await coverage(format, test))}
${test && test.calibration.length > 1 && (await reliability(format, test))}`;
}

function tested(format: Format, { people, converted, decided, brier, ruleBrier, calibrationError }: Test): string {
  const rule = ruleBrier === undefined ? '' : `, that of the rule ${format.fixed(ruleBrier, 4)}`;
  return ` It was tested on a fifth of them, ${counted(format, people, 'person', 'people')} whom it had not seen, ${format.count(converted)} of whom converted. It decides on ${format.rate(decided, people)} of them and leaves the others to the rule. Its Brier score is ${format.fixed(brier, 4)}${rule} (lower is better); its probabilities are off by ${format.percent(calibrationError)} in the mean.`;
}

function coverage(format: Format, { coverage: points }: Test): Promise<Html> {
  const lowest = Math.min(...points.map(({ accuracy }) => accuracy));
  const [first, last] = [points[0], points.at(-1)];
  return figure(format, {
    title: 'How often it is right when only the surest decisions count',
    note: 'From left to right, more and less sure decisions are taken; the height is the share of them that is right.',
    says:
      first && last
        ? `Right on ${format.percent(first.accuracy)} of the surest ${format.percent(first.coverage)}, and on ${format.percent(last.accuracy)} of ${format.percent(last.coverage)}.`
        : '',
    draw: (canvas) =>
      sharesPlot(
        points.map(({ coverage: x, accuracy: y }) => ({ x, y })),
        { x: 'Share of people decided on', y: 'Right' },
        { yFrom: Math.max(0, Math.floor(lowest * 10 - 0.5) / 10) },
        canvas,
      ),
    table: {
      caption: 'accuracy by coverage',
      head: ['Coverage', 'Least distance from the bound, log odds', 'Right'],
      rows: points.map(({ coverage: share, confidence, accuracy }) => [format.percent(share), format.fixed(confidence, 2), format.percent(accuracy)]),
    },
  });
}

function reliability(format: Format, { calibration: bins }: Test): Promise<Html> {
  const worst = bins.reduce((a, b) => (Math.abs(b.predicted - b.converted) > Math.abs(a.predicted - a.converted) ? b : a));
  return figure(format, {
    title: 'Whether its probabilities come true',
    note: 'People by the probability that they were given: the share of them who converted. On the dashed line both are equal.',
    says: `The largest difference is where ${format.percent(worst.predicted)} was told and ${format.percent(worst.converted)} converted.`,
    draw: (canvas) =>
      sharesPlot(
        bins.map(({ predicted: x, converted: y }) => ({ x, y })),
        { x: 'Probability told', y: 'Converted' },
        { diagonal: true },
        canvas,
      ),
    table: {
      caption: 'told probabilities and what came of them',
      head: ['Probability', 'People', 'Told in the mean', 'Converted'],
      rows: bins.map(({ from, until, people, predicted: told, converted }) => [
        `${format.percent(from, 0)} to ${format.percent(until, 0)}`,
        format.count(people),
        format.percent(told),
        format.percent(converted),
      ]),
    },
  });
}
