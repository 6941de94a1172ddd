import type { Config } from '../../schemas/config.ts';
import type { ReportDataInput } from '../../schemas/report.ts';
import { cents, millionths } from './amounts.ts';
import { emailOutcomes, emailPlace, noVariant, type EmailOutcome } from './emails.ts';
import { creditPlace } from './results.ts';
import type { Tally } from './tally.ts';
import { workflowNumbers, workflowPlace } from './workflows.ts';

type Campaign = NonNullable<ReportDataInput['campaigns']>[number];

/** Sends that were skipped or deferred. */
export interface Skipped {
  campaign: string;
  step: string;
  reason: string;
  count: number;
}

/** Campaigns in the order of the config, then those that are no longer in it. */
export function campaignNumbers(config: Pick<Config, 'campaigns'>, { emails, credits, workflows }: { emails: Tally; credits: Tally; workflows: Tally }, skipped: readonly Skipped[]): Campaign[] {
  const found = [...emails.by(emailPlace.campaign).keys(), ...credits.by(creditPlace.campaign).keys(), ...skipped.map(({ campaign }) => campaign), ...workflows.by(workflowPlace.campaign).keys()];
  return [...new Set([...Object.keys(config.campaigns), ...found])].map((campaign) => ({
    campaign,
    title: config.campaigns[campaign]?.title ?? campaign,
    workflows: workflowNumbers(workflows, campaign),
    emails: emailRows(campaign, emails, credits),
    skipped: skipped.filter((one) => one.campaign === campaign).map(({ step, reason, count }) => ({ step, reason, count })),
  }));
}

function emailRows(campaign: string, emails: Tally, credits: Tally): Campaign['emails'] {
  const of = { [emailPlace.campaign]: campaign };
  const steps = new Set([...emails.by(emailPlace.step, of).keys(), ...credits.by(creditPlace.step, of).keys()]);
  return [...steps].flatMap((step) => {
    const ofStep = { ...of, [emailPlace.step]: step };
    const variants = new Set([...emails.by(emailPlace.variant, ofStep).keys(), ...credits.by(creditPlace.variant, ofStep).keys()]);
    return [...variants].map((variant) => {
      const cell = { ...ofStep, [emailPlace.variant]: variant };
      const counts = Object.fromEntries(emailOutcomes.map((outcome) => [outcome, emails.sum({ ...cell, [emailPlace.outcome]: outcome })])) as Record<EmailOutcome, number>;
      const credited = (amount: string) => credits.sum({ ...cell, [creditPlace.amount]: amount });
      return { step, ...(variant !== noVariant && { variant }), ...counts, conversions: millionths(credited('conversions')), revenue: cents(credited('revenue')) };
    });
  });
}
