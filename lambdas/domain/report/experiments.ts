import type { ExperimentReport } from '../../schemas/report.ts';
import { html, type Html } from '../pages/html.ts';
import type { Context } from './context.ts';
import { figure } from './figure.ts';
import { dayTitle, readable, type Format } from './format.ts';
import { intervalsPlot } from './plot-intervals.ts';
import { missing } from './section.ts';
import { table } from './table.ts';

export async function experiments({ data, format }: Context): Promise<Html> {
  if (data.experiments.length === 0) {
    return missing(
      'No experiment has people in two arms.',
      'Give a campaign variants, or a share of people who are held out, and its arms are compared here.',
    );
  }
  return html`<p class="note">Intervals of conversion rates and lifts hold at every look: however often somebody reads this page, at most 5% of experiments without a difference will ever show one, however many arms they have. Those of revenue hold for one look.</p>
${await Promise.all(data.experiments.map((experiment) => one(format, experiment)))}`;
}

async function one(format: Format, experiment: ExperimentReport): Promise<Html> {
  const { title, since, verdicts, sampleRatioP, sampleRatioLimit } = experiment;
  const isSound = sampleRatioP >= sampleRatioLimit;
  const p = sampleRatioP < 0.0001 ? 'p is below 0.0001' : `p\u00a0=\u00a0${format.fixed(sampleRatioP, 4)}`;
  return html`<h3>${title}</h3>
${verdicts.map(({ kind, words }) => html`<p class="verdict ${kind}"><strong>${verdictNames[kind]}</strong> ${words}</p>`)}
<p>${since !== undefined && `People are counted since ${dayTitle(since)}. `}${isSound ? `The arms have as many people as planned (${p}).` : `The arms do not have as many people as planned (${p}): nothing here can be trusted before the reason is known.`}</p>
${arms(format, experiment)}
${isSound && verdicts.some(({ conversion }) => conversion !== undefined) && (await differences(format, experiment))}`;
}

const verdictNames = { blocked: 'Blocked', 'too-few': 'Too early', undecided: 'Undecided', better: 'Better', worse: 'Worse' } as const;

function titleOf({ arms }: ExperimentReport, name: string): string {
  return arms.find(({ arm }) => arm === name)?.title ?? readable(name);
}

function arms(format: Format, experiment: ExperimentReport): Html {
  const { arms: list, control, title } = experiment;
  const all = list.reduce((sum, { people }) => sum + people, 0);
  return table({
    caption: `Arms of ${title}`,
    head: ['Arm', 'People', 'Share', 'Planned', 'Converted', 'Conversion rate', 'Revenue', 'Revenue per person', 'Chance to be best'],
    rows: list.map(({ arm, people, converted, revenue, planned, chanceToBeBest }) => [
      `${titleOf(experiment, arm)}${arm === control ? ' (control)' : ''}`,
      format.count(people),
      format.rate(people, all),
      planned === undefined ? '–' : format.percent(planned),
      format.count(converted),
      format.rate(converted, people),
      format.money(revenue),
      people > 0 ? format.money(revenue / people) : '–',
      chanceToBeBest === undefined ? '–' : format.percent(chanceToBeBest, 0),
    ]),
  });
}

function differences(format: Format, experiment: ExperimentReport): Promise<Html> {
  const { verdicts, control, title } = experiment;
  const known = verdicts.flatMap(({ conversion, ...rest }) => (conversion === undefined ? [] : [{ ...rest, conversion }]));
  const range = (one: { from: number; to: number }, write: (value: number) => string) => `${write(one.from)} to ${write(one.to)}`;
  return figure(format, {
    title: `${title}: difference of the conversion rate to ${titleOf(experiment, control)}`,
    note: 'Percentage points, with the interval in which the difference lies. An interval that keeps clear of the line at zero decides.',
    says: known
      .map(
        ({ arm, conversion }) =>
          `${titleOf(experiment, arm)}: ${format.points(conversion.estimate)} points, ${range(conversion, format.points)}.`,
      )
      .join(' '),
    draw: (canvas) =>
      intervalsPlot(
        known.map(({ arm, conversion: { from, estimate, to } }) => ({
          label: titleOf(experiment, arm),
          from: from * 100,
          estimate: estimate * 100,
          to: to * 100,
          text: `${format.points(estimate)} (${range({ from, to }, format.points)})`,
        })),
        'Percentage points',
        canvas,
      ),
    table: {
      caption: `${title}, arms against ${titleOf(experiment, control)}`,
      head: [
        'Arm',
        'Difference, points',
        'Interval',
        'p',
        'Relative lift',
        'Interval of the lift',
        'Chance to be better',
        'Revenue per person',
        'Difference of revenue',
      ],
      rows: known.map(({ arm, conversion, lift, chance, revenue }) => [
        titleOf(experiment, arm),
        format.points(conversion.estimate),
        range(conversion, format.points),
        format.fixed(conversion.p, 4),
        lift === undefined ? '–' : format.change(lift.estimate),
        lift === undefined ? '–' : range(lift, format.change),
        chance === undefined ? '–' : format.percent(chance, 0),
        revenue === undefined ? '–' : format.money(revenue.treated),
        revenue === undefined ? '–' : range(revenue, (value) => format.money(value)),
      ]),
    },
  });
}
