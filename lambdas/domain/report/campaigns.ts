import type { CampaignReport } from '../../schemas/report.ts';
import type { UnreadTrait } from '../../schemas/workflow.ts';
import { html, type Html } from '../pages/html.ts';
import type { Context } from './context.ts';
import { cut } from './draw.ts';
import { noCounts, sumOf, type Counts } from './counts.ts';
import { figure } from './figure.ts';
import { counted, list, readable, type Format } from './format.ts';
import { colourOf } from './palette.ts';
import { groupedBars, type Bar } from './plot-bars.ts';
import { missing } from './section.ts';
import { details, table, type Table } from './table.ts';

/** All campaigns in one table, then each by itself. */
export async function campaigns({ data, format, month }: Context): Promise<Html> {
  const [busy, idle] = [data.campaigns.filter(isBusy), data.campaigns.filter((campaign) => !isBusy(campaign))];
  if (busy.length === 0) {
    return missing(
      `Nothing was sent in ${month}.`,
      'Emails go out once people who may be mailed do what a campaign waits for, such as leaving a cart behind.',
    );
  }
  return html`${table(overview(format, busy))}
<p class="note">Open, click-through and conversion rates are of delivered emails. Opens and clicks are those of people; what machines opened is counted under Quality of the data. Conversions are those of the month that are credited to an email, whenever it was sent.</p>
${await Promise.all(busy.map((campaign) => one(format, month, campaign)))}
${idle.length > 0 && missing(`Nothing was sent in ${month} by ${list(idle.map(({ title }) => title))}.`, 'Nobody met their entry, or nobody of those may be mailed.')}`;
}

const isBusy = ({ emails, skipped, workflows }: CampaignReport): boolean => emails.length > 0 || skipped.length > 0 || Object.values(workflows).some((count) => count > 0);

function overview(format: Format, list: readonly CampaignReport[]): Table {
  return {
    caption: 'Campaigns of the month',
    head: ['Campaign', ...overviewColumns.map(([title]) => title)],
    rows: list.map(({ title, emails }) => {
      const sum = sumOf(emails);
      return [title, ...overviewColumns.map(([, write]) => write(format, sum))];
    }),
  };
}

async function one(format: Format, month: string, campaign: CampaignReport): Promise<Html> {
  const { title, emails } = campaign;
  const hasEmails = emails.some(({ sent, conversions }) => sent > 0 || conversions > 0);
  return html`<h3>${title}</h3>
${hasEmails ? await funnel(format, campaign) : missing(`Nothing was sent in ${month}.`, 'All that was due was skipped or put off, for the reasons below.')}
${notes(format, campaign)}`;
}

interface Lane {
  name: string;
  counts: Counts;
}

/** A lane for each variant, or one for all. */
function lanesOf(campaign: CampaignReport): Lane[] {
  const variants = [...new Set(campaign.emails.map(({ variant }) => variant))];
  if (variants.length < 2) return [{ name: '', counts: sumOf(campaign.emails) }];
  return variants.map((variant) => ({
    name: variant === undefined ? 'No variant' : readable(variant),
    counts: sumOf(campaign.emails.filter((row) => row.variant === variant)),
  }));
}

async function funnel(format: Format, campaign: CampaignReport): Promise<Html> {
  const lanes = lanesOf(campaign);
  const bar = (lane: Lane, index: number, value: number, whole?: number): Bar => {
    const share = whole === undefined || whole <= 0 ? '' : ` · ${format.rate(value, whole)}`;
    return { value, text: `${lane.name === '' ? '' : `${cut(lane.name, 12)} `}${format.decimal(value)}${share}`, colour: colourOf(index) };
  };
  const stage = (label: string, value: (counts: Counts) => number, whole?: (counts: Counts) => number) => ({
    label,
    bars: lanes.map((lane, index) => bar(lane, index, value(lane.counts), whole?.(lane.counts))),
  });
  const delivered = ({ delivered }: Counts) => delivered;
  const sum = sumOf(campaign.emails);
  return figure(format, {
    title: `${campaign.title}, from sending to conversion`,
    note: `Counts of emails and conversions${lanes.length > 1 ? ', by variant' : ''}; shares are of sent emails for those delivered, else of delivered ones.`,
    says: `${format.count(sum.sent)} sent, ${format.count(sum.delivered)} delivered, ${format.count(sum.opened)} opened, ${format.count(sum.clicked)} clicked, ${format.decimal(sum.conversions)} conversions.`,
    draw: (canvas) =>
      groupedBars(
        [
          stage('Sent', ({ sent }) => sent),
          stage('Delivered', delivered, ({ sent }) => sent),
          stage('Opened', ({ opened }) => opened, delivered),
          stage('Clicked', ({ clicked }) => clicked, delivered),
          stage('Converted', ({ conversions }) => conversions, delivered),
        ],
        canvas,
      ),
    table: steps(format, campaign, `emails of ${campaign.title}`, results),
  });
}

type Columns = readonly [title: string, write: (format: Format, counts: Counts) => string][];
const counter = (title: string, field: keyof Counts): Columns[number] => [title, (format, counts) => format.count(counts[field])];
const rate = (title: string, field: keyof Counts): Columns[number] => [
  title,
  (format, counts) => format.rate(counts[field], counts.delivered),
];

const results: Columns = [
  counter('Sent', 'sent'),
  counter('Delivered', 'delivered'),
  counter('Opened', 'opened'),
  counter('Clicked', 'clicked'),
  rate('Open rate', 'opened'),
  rate('Click-through', 'clicked'),
  rate('Conversion rate', 'conversions'),
  ['Conversions', (format, { conversions }) => format.decimal(conversions)],
  ['Revenue', (format, { revenue }) => format.money(revenue)],
];
const troubles: Columns = [
  counter('Held out', 'heldOut'),
  counter('Unconfirmed', 'unconfirmed'),
  counter('Hard bounces', 'bounced'),
  counter('Soft bounces', 'softBounced'),
  counter('Complaints', 'complained'),
  counter('Unsubscribed', 'unsubscribed'),
  counter('Opened by machines', 'autoOpened'),
  counter('Clicked by machines', 'autoClicked'),
];

const overviewColumns = results.filter(([title]) => !['Delivered', 'Opened', 'Clicked'].includes(title));

/** A row for each step and variant. */
function steps(format: Format, { emails }: CampaignReport, caption: string, columns: Columns): Table {
  const hasVariants = emails.some(({ variant }) => variant !== undefined);
  return {
    caption: `${caption}, by step${hasVariants ? ' and variant' : ''}`,
    head: ['Step', ...(hasVariants ? ['Variant'] : []), ...columns.map(([title]) => title)],
    words: hasVariants ? [1] : [],
    rows: emails.map((row) => [
      readable(row.step),
      ...(hasVariants ? [row.variant === undefined ? '–' : readable(row.variant)] : []),
      ...columns.map(([, write]) => write(format, row)),
    ]),
  };
}

/** Why emails were not sent, in the words of the person who reads it. */
const reasonWords: Record<string, string> = {
  exited: 'the person had left the workflow, such as by buying',
  paused: 'the campaign was paused',
  stopped: 'the campaign was stopped',
  'not-clicked': 'the earlier email was not clicked',
  rule: 'the rule of the step did not hold',
  'no-profile': 'the person is not known any more',
  'no-address': 'no email address',
  'no-consent': 'no consent',
  unsubscribed: 'unsubscribed',
  suppressed: 'bounced or complained before',
  'no-content': 'no product to show',
  'unknown-product': 'products that the catalogue does not know',
  'too-late': 'too late to make sense',
};

/** What emails went without, in the words of the person who reads it. */
const unreadWords: Record<UnreadTrait, string> = { 'unknown-time-zone': 'a time zone', 'unknown-locale': 'a locale' };

function notes(format: Format, campaign: CampaignReport): Html {
  const { title, emails, skipped, workflows } = campaign;
  const sum = emails.length === 0 ? noCounts : sumOf(emails);
  const byReason = Map.groupBy(skipped, ({ reason }) => reason);
  const countOf = (reason: string) => (byReason.get(reason) ?? []).reduce((total, { count }) => total + count, 0);
  // These have lines of their own.
  const reasons = [...byReason.keys()].filter((reason) => !['deferred', 'holdout', ...Object.keys(unreadWords)].includes(reason)).sort((a, b) => countOf(b) - countOf(a));
  const unread = Object.entries(unreadWords).flatMap(([reason, words]) => (countOf(reason) > 0 ? [`${counted(format, countOf(reason), 'time', 'times')} for ${words}`] : []));
  const dropped = reasons.reduce((total, reason) => total + countOf(reason), 0);
  const trouble = [
    { count: sum.bounced, words: counted(format, sum.bounced, 'hard bounce', 'hard bounces') },
    { count: sum.softBounced, words: counted(format, sum.softBounced, 'soft bounce', 'soft bounces') },
    { count: sum.complained, words: counted(format, sum.complained, 'complaint', 'complaints') },
    { count: sum.unsubscribed, words: `${format.count(sum.unsubscribed)} unsubscribed` },
  ];
  const failed = workflows.failed + workflows['timed-out'];
  const ends = [`${format.count(workflows.completed)} completed`, `${format.count(workflows.stopped)} stopped by an exit`, ...(failed > 0 ? [`${format.count(failed)} failed`] : [])];
  return html`<dl class="notes">
<div><dt>Workflows</dt><dd>${format.count(workflows.entered)} began; ${ends.join(', ')}</dd></div>
${sum.sent > 0 && html`<div><dt>Trouble</dt><dd>${trouble.map(({ count, words }) => `${words} (${format.rate(count, sum.sent)})`).join(', ')}</dd></div>`}
<div><dt>Not sent</dt><dd>${dropped === 0 ? 'nothing was skipped' : `${format.count(dropped)}: ${reasons.map((reason) => `${reasonWords[reason] ?? readable(reason).toLowerCase()} (${format.count(countOf(reason))})`).join('; ')}`}</dd></div>
${countOf('deferred') > 0 && html`<div><dt>Put off</dt><dd>${counted(format, countOf('deferred'), 'time', 'times')}, for quiet hours, the best hour or a cap</dd></div>`}
${unread.length > 0 && html`<div><dt>Shop’s default</dt><dd>used ${list(unread)} that could not be read</dd></div>`}
${sum.heldOut > 0 && html`<div><dt>Held out</dt><dd>${counted(format, sum.heldOut, 'email was', 'emails were')} not sent, to compare with</dd></div>`}
</dl>
${emails.length > 0 && details(steps(format, campaign, `what went wrong with emails of ${title}`, troubles))}`;
}
