import type { CampaignConfig, Config } from '../../schemas/config.ts';
import { attribute, isWithin } from './attribution.ts';
import { noVariant, type EmailRecord } from './emails.ts';
import { dayOf, isIn, type Period, type Span } from '../period.ts';
import type { Tally } from './tally.ts';

/** What is kept in memory of a conversion. */
export interface Converted {
  atMs: number;
  revenue: number;
}

/** Places in the names of the tally of credits; amounts are `conversions` or `revenue`. */
export const creditPlace = { campaign: 0, step: 1, variant: 2, amount: 3, day: 4 } as const;

/**
 * Credits a person's conversions to the emails that led to them, whenever those were sent; on the day of the conversion.
 * @param conversions of the month
 * @param emails all of the person's that were opened, clicked or sent since one window before the month
 */
export function addCredits(tally: Tally, conversions: readonly Converted[], emails: readonly EmailRecord[], rule: Config['attribution']): void {
  for (const { atMs, revenue } of conversions) {
    const day = dayOf(atMs);
    for (const { email, share } of attribute(atMs, emails, rule)) {
      const name = [email.campaign, email.step, email.variant ?? noVariant];
      tally.add([...name, 'conversions', day], share);
      tally.add([...name, 'revenue', day], share * revenue);
    }
  }
}

/** All held-out people form one arm, whichever variant they would have got. */
export const holdoutArm = 'holdout';
export const armOf = ({ heldOut, variant = noVariant }: Pick<EmailRecord, 'heldOut' | 'variant'>): string => (heldOut ? holdoutArm : variant);

/** Places in the names of the tally of arms; amounts are `people`, `converted`, `revenue` and `revenueSquared`. */
export const armPlace = { campaign: 0, arm: 1, amount: 2 } as const;

/** When a campaign's arms are compared: since its day, for one test that goes on over months, else within the month. */
export function comparedWithin(campaign: Pick<CampaignConfig, 'comparedSince'> | undefined, { fromMs, untilMs }: Period): Span {
  return { fromMs: campaign?.comparedSince === undefined ? fromMs : Date.parse(campaign.comparedSince), untilMs };
}

/**
 * Counts a person in one arm of each campaign: from the first email within its span that was decided on for them, sent or held out, and as
 * converted when a conversion followed within the attribution window.
 * @param conversions from the earliest span's beginning to the end of the month
 */
export function addExposures(tally: Tally, conversions: readonly Converted[], emails: readonly EmailRecord[], rule: Pick<Config['attribution'], 'windowDays'>, spanOf: (campaign: string) => Span): void {
  const first = new Map<string, EmailRecord>();
  for (const email of emails) {
    const known = first.get(email.campaign);
    if (isIn(spanOf(email.campaign), email.claimedAtMs) && (known === undefined || isEarlier(email, known))) first.set(email.campaign, email);
  }
  for (const [campaign, email] of first) {
    const name = [campaign, armOf(email)];
    const after = conversions.filter(({ atMs }) => isWithin(atMs, email.claimedAtMs, rule));
    const revenue = after.reduce((sum, one) => sum + one.revenue, 0);
    tally.add([...name, 'people']);
    if (after.length > 0) tally.add([...name, 'converted']);
    tally.add([...name, 'revenue'], revenue);
    tally.add([...name, 'revenueSquared'], revenue ** 2);
  }
}

const isEarlier = (a: EmailRecord, b: EmailRecord): boolean => a.claimedAtMs - b.claimedAtMs < 0 || (a.claimedAtMs === b.claimedAtMs && a.sendId < b.sendId);
