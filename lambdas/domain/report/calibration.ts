import type { ReportData } from '../../schemas/report.ts';
import { html, type Html } from '../pages/html.ts';
import type { Context } from './context.ts';
import { counted, monthTitle, readable, type Format } from './format.ts';
import { missing } from './section.ts';
import { table } from './table.ts';

type Change = NonNullable<ReportData['calibration']>['changes'][number];

/** The newest version of the thresholds: what moved, why, and whom it moves. */
export function calibration({ data, format, segmentLabel }: Context): Html {
  const record = data.calibration;
  if (record === undefined)
    return missing(
      'No threshold was calibrated yet.',
      'The values of the config hold until the first of a month, when the calibration looks at the outcomes of the month before.',
    );
  const { version, month, outcomeMonth, state, rolledBackTo, changes, moves = [] } = record;
  const by = outcomeMonth === undefined ? '' : `, by the outcomes of ${monthTitle(outcomeMonth)}`;
  const status = state === 'proposed' ? ' It waits for approval and is not in force.' : '';
  const back = rolledBackTo === undefined ? '' : ` It has the values of version ${rolledBackTo} again.`;
  return html`<p>Version ${version} was made for ${monthTitle(month)}${by}.${status}${back}</p>
${
  changes.length > 0 &&
  table({
    caption: 'Thresholds before and after',
    head: ['Threshold', 'Before', 'After', 'Wanted', 'Interval', 'Over it before', 'Over it after', 'Why'],
    words: [7],
    rows: changes.map((change) => [
      readable(change.threshold),
      format.decimal(change.from),
      format.decimal(change.to),
      change.wanted === undefined ? '–' : format.decimal(change.wanted),
      change.interval === undefined ? '–' : `${format.decimal(change.interval.low)} to ${format.decimal(change.interval.high)}`,
      format.percent(change.shareBefore),
      format.percent(change.shareAfter),
      why(format, change),
    ]),
  })
}
${
  moves.length > 0 &&
  table({
    caption: 'People whom it was predicted to move',
    head: ['From', 'To', 'People'],
    words: [1],
    rows: moves.map(({ from, to, people }) => [segmentLabel(from), segmentLabel(to), format.count(people)]),
  })
}`;
}

const decisions: Record<Change['decision'], string> = {
  moved: 'Moved to where the data put it',
  'step-limited': 'Moved as far as one month allows',
  'order-limited': 'Moved as far as the next threshold allows',
  'within-interval': 'Stays: the data do not tell the old value from the wanted one',
  frozen: 'Stays: scores have drifted since the month before',
  'sample-too-small': 'Stays: too few people',
  fixed: 'Fixed by the config',
};

function why(format: Format, { decision, method, basis, sampleSize, converted, psi }: Change): string {
  const parts = [
    decisions[decision],
    ...(method === undefined ? [] : [method === 'profit' ? 'by expected profit' : 'by the share of people over it']),
    ...(sampleSize > 0
      ? [
          `from ${counted(format, sampleSize, 'person', 'people')}${converted === undefined ? '' : `, ${format.count(converted)} converted`}${basis === 'holdout' ? ', none of them mailed' : ''}`,
        ]
      : []),
    ...(psi === undefined ? [] : [`stability index ${format.decimal(psi, 3)}`]),
  ];
  return `${parts.join('; ')}.`;
}
