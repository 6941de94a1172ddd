import type { Config } from '../../schemas/config.ts';
import type { ThresholdsRecord } from '../thresholds.ts';
import { emailOutcomes, emailPlace, noVariant, type EmailOutcome } from './emails.ts';
import { absent, conversionPlace, noCurrency, scoreBinWidth, type PeopleSums } from './people.ts';
import type { Period } from './period.ts';
import { armPlace, creditPlace } from './results.ts';
import type { Tally } from './tally.ts';
import { compareArms, type Comparison, type NamedArm } from './verdicts.ts';

/** All sums of a month. */
export interface Sums {
  people: PeopleSums;
  emails: Tally;
  credits: Tally;
  arms: Tally;
}

/** What is counted elsewhere. */
export interface Context {
  madeAtMs: number;
  /** Sends that were skipped or put off. */
  skipped: readonly { campaign: string; step: string; reason: string; count: number }[];
  letters: { unreadable: number; failed: number };
  /** The thresholds in force and those before them; none when nothing was calibrated. */
  thresholds: { current?: ThresholdsRecord | undefined; previous?: ThresholdsRecord | undefined };
}

export interface EmailRow extends Record<EmailOutcome, number> {
  step: string;
  /** Absent when the campaign compares nothing. */
  variant?: string;
  conversions: number;
  revenue: number;
}

export interface CampaignNumbers {
  campaign: string;
  title: string;
  emails: EmailRow[];
  skipped: { step: string; reason: string; count: number }[];
  /** Of a campaign that compares variants, or has a holdout. */
  arms: NamedArm[];
  /** `null` when there are no two arms with people. Of this month alone. */
  comparison: Comparison | null;
}

/** What a report says of a month, before anything is judged. `null` stands for "not there yet" among segments. */
export interface ReportNumbers {
  month: string;
  fromMs: number;
  untilMs: number;
  madeAtMs: number;
  /** Set when the month was not over. */
  isPartial: boolean;
  segments: { segment: string; title: string; atStart: number; atEnd: number }[];
  /** Who was where at the start and the end. */
  matrix: { from: string | null; to: string; people: number }[];
  /** Every change within the month. */
  moves: { from: string | null; to: string; cause: string; count: number }[];
  scores: { score: string; bins: { from: number; to: number; people: number }[]; thresholds: { threshold: string; before: number; now: number }[] }[];
  /** People by all the segments whose rules hold for them, of which the first is theirs. */
  overlaps: { segments: string[]; people: number }[];
  conversions: {
    count: number;
    /** By currency; an empty name stands for conversions that named none. */
    revenue: { currency: string; amount: number }[];
    bySegment: { segment: string | null; count: number }[];
    bySource: { source: string; count: number }[];
    /** Came more than an hour after they happened; imports are not counted. */
    late: number;
  };
  days: { day: string; sent: number; opened: number; clicked: number; conversions: number; credited: number }[];
  campaigns: CampaignNumbers[];
  thresholds: { version: number; month: string; changes: ThresholdsRecord['changes'] } | null;
  letters: Context['letters'];
}

export function reportNumbers(config: Config, period: Period, sums: Sums, context: Context): ReportNumbers {
  const { people } = sums;
  const { current } = context.thresholds;
  return {
    ...period,
    madeAtMs: context.madeAtMs,
    isPartial: context.madeAtMs < period.untilMs,
    segments: [...config.segments, config.fallback].map(({ name, title }) => ({ segment: name, title, atStart: people.segments.sum({ 0: name }), atEnd: people.segments.sum({ 1: name }) })),
    matrix: rows(people.segments, ([from = '', to = ''], count) => ({ from: orNull(from), to, people: count })),
    moves: rows(people.moves, ([from = '', to = '', cause = ''], count) => ({ from: orNull(from), to, cause, count })),
    scores: Object.keys(config.scores).map((score) => ({ score, bins: bins(people.scores, score), thresholds: thresholdsOf(config, score, context.thresholds) })),
    overlaps: rows(people.overlaps, ([places = ''], count) => ({ segments: places === '' ? [] : places.split(',').map((place) => config.segments[Number(place)]?.name ?? place), people: count })),
    conversions: conversionNumbers(people.conversions),
    days: days(period, context.madeAtMs, sums),
    campaigns: campaignNames(config, sums, context).map((campaign) => campaignNumbers(config, campaign, sums, context)),
    thresholds: current ? { version: current.version, month: current.month, changes: current.changes } : null,
    letters: context.letters,
  };
}

const orNull = (segment: string): string | null => (segment === absent ? null : segment);

function rows<Row>(tally: Tally, toRow: (name: string[], amount: number) => Row): Row[] {
  const inOrder = [...tally].map(([name, amount]) => ({ key: name.join('\u001f'), row: toRow(name, amount) }));
  return inOrder.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}

function bins(scores: Tally, score: string): ReportNumbers['scores'][number]['bins'] {
  const counts = [...scores.by(1, { 0: score })].map(([bin, people]) => ({ from: Number(bin) * scoreBinWidth, to: (Number(bin) + 1) * scoreBinWidth, people }));
  return counts.sort((a, b) => a.from - b.from);
}

function thresholdsOf(config: Config, score: string, { current, previous }: Context['thresholds']): ReportNumbers['scores'][number]['thresholds'] {
  return Object.entries(config.thresholds)
    .filter(([, threshold]) => threshold.score === score)
    .map(([threshold, { enter }]) => ({ threshold, before: previous?.values[threshold]?.enter ?? enter, now: current?.values[threshold]?.enter ?? enter }));
}

function conversionNumbers(conversions: Tally): ReportNumbers['conversions'] {
  const { segment, source, currency, amount } = conversionPlace;
  const counted = { [amount]: 'conversions' };
  return {
    count: conversions.sum(counted),
    revenue: [...conversions.by(currency, { [amount]: 'revenue' })].filter(([name, sum]) => name !== noCurrency || sum !== 0).map(([name, sum]) => ({ currency: name, amount: cents(sum) })),
    bySegment: [...conversions.by(segment, counted)].map(([name, count]) => ({ segment: orNull(name), count })),
    bySource: [...conversions.by(source, counted)].map(([name, count]) => ({ source: name, count })),
    late: conversions.sum({ [amount]: 'late' }),
  };
}

function days({ fromMs, untilMs }: Period, madeAtMs: number, { people, emails, credits }: Sums): ReportNumbers['days'] {
  const email = (outcome: EmailOutcome) => emails.by(emailPlace.day, { [emailPlace.outcome]: outcome });
  const [sent, opened, clicked] = [email('sent'), email('opened'), email('clicked')];
  const conversions = people.conversions.by(conversionPlace.day, { [conversionPlace.amount]: 'conversions' });
  const credited = credits.by(creditPlace.day, { [creditPlace.amount]: 'conversions' });
  const list: ReportNumbers['days'] = [];
  for (let atMs = fromMs; atMs < Math.min(untilMs, madeAtMs); atMs += 86_400_000) {
    const day = new Date(atMs).toISOString().slice(0, 10);
    const on = (counts: Map<string, number>) => counts.get(day) ?? 0;
    list.push({ day, sent: on(sent), opened: on(opened), clicked: on(clicked), conversions: on(conversions), credited: share(on(credited)) });
  }
  return list;
}

/** Campaigns of the config in its order, then those that the config has no more. */
function campaignNames(config: Config, { emails, credits }: Sums, { skipped }: Context): string[] {
  const found = [...emails.by(emailPlace.campaign).keys(), ...credits.by(creditPlace.campaign).keys(), ...skipped.map(({ campaign }) => campaign)];
  return [...new Set([...Object.keys(config.campaigns), ...found])];
}

function emailRows(campaign: string, emails: Tally, credits: Tally): EmailRow[] {
  const of = { [emailPlace.campaign]: campaign };
  const steps = new Set([...emails.by(emailPlace.step, of).keys(), ...credits.by(creditPlace.step, of).keys()]);
  return [...steps].flatMap((step) => {
    const ofStep = { ...of, [emailPlace.step]: step };
    const variants = new Set([...emails.by(emailPlace.variant, ofStep).keys(), ...credits.by(creditPlace.variant, ofStep).keys()]);
    return [...variants].map((variant) => {
      const cell = { ...ofStep, [emailPlace.variant]: variant };
      const counts = Object.fromEntries(emailOutcomes.map((outcome) => [outcome, emails.sum({ ...cell, [emailPlace.outcome]: outcome })])) as Record<EmailOutcome, number>;
      const credited = (amount: string) => credits.sum({ ...cell, [creditPlace.amount]: amount });
      return { step, ...(variant !== noVariant && { variant }), ...counts, conversions: share(credited('conversions')), revenue: cents(credited('revenue')) };
    });
  });
}

function campaignNumbers(config: Config, campaign: string, { emails, credits, arms: sums }: Sums, { skipped }: Context): CampaignNumbers {
  const known = config.campaigns[campaign];
  const arms = isExperiment(config, campaign, sums) ? armsOf(campaign, sums) : [];
  return {
    campaign,
    title: known?.title ?? campaign,
    emails: emailRows(campaign, emails, credits),
    skipped: skipped.filter((one) => one.campaign === campaign).map(({ step, reason, count }) => ({ step, reason, count })),
    arms,
    comparison: (known && compareArms(config, known, arms)) ?? null,
  };
}

function isExperiment(config: Config, campaign: string, arms: Tally): boolean {
  const { variants, holdout = 0 } = config.campaigns[campaign] ?? {};
  return variants !== undefined || holdout > 0 || config.holdout > 0 || arms.by(armPlace.arm, { [armPlace.campaign]: campaign }).size > 1;
}

function armsOf(campaign: string, arms: Tally): CampaignNumbers['arms'] {
  const names = arms.by(armPlace.arm, { [armPlace.campaign]: campaign }).keys();
  const of = (arm: string, amount: string) => arms.get(campaign, arm, amount);
  return [...names].map((arm) => ({ arm, people: of(arm, 'people'), converted: of(arm, 'converted'), revenue: cents(of(arm, 'revenue')), revenueSquared: of(arm, 'revenueSquared') }));
}

/** Sums of prices, without the noise of binary fractions. */
const cents = (amount: number): number => Math.round(amount * 100) / 100;
/** Sums of parts such as a third. */
const share = (amount: number): number => Math.round(amount * 1e6) / 1e6;
