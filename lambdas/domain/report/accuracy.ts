import type { ConfusionReport } from '../../schemas/report.ts';
import { html, type Html } from '../pages/html.ts';
import { agreement, classScores, cohensKappa, confusionMatrix, macroScores } from '../statistics/confusion.ts';
import { classifier } from './classifier.ts';
import type { Context } from './context.ts';
import { figure } from './figure.ts';
import type { Format } from './format.ts';
import { matrixPlot } from './plot-matrix.ts';
import { missing } from './section.ts';

interface Judges {
  title: string;
  who: string;
  rows: string;
  columns: string;
  /** True when one of the two is the actual outcome. Otherwise only their agreement can be measured. */
  isTruth: boolean;
}

const tested = 'Ambiguous people whom the model had not seen';

/** How right the rule and the model are, and where they differ. */
export async function accuracy(context: Context): Promise<Html> {
  const { confusion } = context.data;
  const pairs: [ConfusionReport | undefined, Judges][] = [
    [
      confusion.outcomeAgainstRule,
      { title: 'The rule against what happened', who: 'Everybody', rows: 'what happened', columns: 'what the rule said', isTruth: true },
    ],
    [
      confusion.ambiguousAgainstRule,
      { title: 'The rule against what happened, near the threshold', who: tested, rows: 'what happened', columns: 'what the rule said', isTruth: true },
    ],
    [
      confusion.outcomeAgainstModel,
      { title: 'The model against what happened', who: tested, rows: 'what happened', columns: 'what the model said', isTruth: true },
    ],
    [
      confusion.ruleAgainstModel,
      { title: 'The rule against the model', who: tested, rows: 'what the rule said', columns: 'what the model said', isTruth: false },
    ],
  ];
  const some = pairs.filter((pair): pair is [ConfusionReport, Judges] => pair[0]?.cells.some(({ people }) => people > 0) ?? false);
  return html`${some.length === 0 ? missing('Nothing can be compared yet.', 'Once the outcomes of a month are known, the rule is compared with what people did; a trained classifier is then compared with both.') : await Promise.all(some.map(([data, judges]) => one(context.format, data, judges)))}
<h3>Classifier</h3>
${await classifier(context)}`;
}

async function one(format: Format, { classes, cells }: ConfusionReport, { title, who, rows, columns, isTruth }: Judges): Promise<Html> {
  const matrix = confusionMatrix(
    classes.map(({ name }) => name),
    cells,
  );
  const titles = classes.map(({ title }) => title);
  const largest = Math.max(1, ...matrix.counts.flat());
  const kappa = cohensKappa(matrix);
  const scores = classScores(matrix);
  const agreed = agreement(matrix);
  const macro = macroScores(matrix).f1;
  const words = [
    `They agree on ${percent(format, agreed)} of people.`,
    kappa === undefined
      ? 'Cohen’s kappa does not exist here, since all are in one class.'
      : `Cohen’s kappa is ${format.fixed(kappa, 2)}: ${strength(kappa)} agreement beyond chance.`,
    ...(isTruth && macro !== undefined ? [`F1 is ${format.fixed(macro, 2)} in the mean over classes.`] : []),
  ].join(' ');
  return figure(format, {
    title,
    note: `${who}, by ${rows}, in rows, and ${columns}, in columns. ${words}`,
    says: words,
    draw: (canvas) =>
      matrixPlot(
        {
          rows: titles,
          columns: titles,
          cells: matrix.counts.map((row) => row.map((count) => ({ depth: count / largest, text: format.count(count) }))),
        },
        canvas,
      ),
    table: {
      caption: title.toLowerCase(),
      head: [`In rows: ${rows}`, ...titles, ...(isTruth ? ['Precision', 'Recall', 'F1'] : [])],
      rows: scores.map(({ precision, recall, f1 }, place) => [
        titles[place] ?? '',
        ...(matrix.counts[place] ?? []).map(format.count),
        ...(isTruth ? [percent(format, precision), percent(format, recall), f1 === undefined ? '–' : format.fixed(f1, 2)] : []),
      ]),
    },
  });
}

const percent = (format: Format, share: number | undefined): string => (share === undefined ? '–' : format.percent(share));

/** Landis and Koch, "The Measurement of Observer Agreement for Categorical Data", Biometrics 33 (1977). */
function strength(kappa: number): string {
  const names = ['slight', 'fair', 'moderate', 'substantial', 'almost perfect'];
  return kappa < 0 ? 'poor' : (names[Math.min(4, Math.max(0, Math.ceil(kappa * 5) - 1))] as string);
}
