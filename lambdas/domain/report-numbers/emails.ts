import type { EmailTimes } from './attribution.ts';
import { dayOf, isIn, type Period } from '../period.ts';
import type { Tally } from './tally.ts';

/** One email to one person, as the sends table has it. */
export interface EmailRecord extends EmailTimes {
  userKey: string;
  campaign: string;
  step: string;
  variant?: string;
  /** Not sent, because the person is in a holdout. */
  heldOut?: true;
  claimedAtMs: number;
  deliveredAtMs?: number;
  autoOpenedAtMs?: number;
  autoClickedAtMs?: number;
  bouncedAtMs?: number;
  softBouncedAtMs?: number;
  complainedAtMs?: number;
  unsubscribedAtMs?: number;
}

/** What can happen to an email, and whether it has. */
const outcomes = {
  /** The provider took it. */
  sent: ({ sentAtMs }) => sentAtMs !== undefined,
  /** The provider's answer was lost, and no event about the email came. */
  unconfirmed: ({ sentAtMs, heldOut }) => sentAtMs === undefined && !heldOut,
  heldOut: ({ heldOut }) => heldOut === true,
  delivered: ({ deliveredAtMs }) => deliveredAtMs !== undefined,
  opened: ({ openedAtMs }) => openedAtMs !== undefined,
  clicked: ({ clickedAtMs }) => clickedAtMs !== undefined,
  /** By a machine, such as a mail scanner. */
  autoOpened: ({ autoOpenedAtMs }) => autoOpenedAtMs !== undefined,
  autoClicked: ({ autoClickedAtMs }) => autoClickedAtMs !== undefined,
  bounced: ({ bouncedAtMs }) => bouncedAtMs !== undefined,
  softBounced: ({ softBouncedAtMs }) => softBouncedAtMs !== undefined,
  complained: ({ complainedAtMs }) => complainedAtMs !== undefined,
  unsubscribed: ({ unsubscribedAtMs }) => unsubscribedAtMs !== undefined,
} as const satisfies Record<string, (email: EmailRecord) => boolean>;

export type EmailOutcome = keyof typeof outcomes;
export const emailOutcomes = Object.keys(outcomes) as EmailOutcome[];

/** Stands for no variant. */
export const noVariant = '-';

/** Places in the names of the tally of emails. */
export const emailPlace = { campaign: 0, step: 1, variant: 2, outcome: 3, day: 4 } as const;

/** Counts an email on the day of the decision to send it, with everything that has happened to it since. */
export function addEmail(tally: Tally, email: EmailRecord, period: Period): void {
  if (!isIn(period, email.claimedAtMs)) return;
  const day = dayOf(email.claimedAtMs);
  for (const outcome of emailOutcomes) if (outcomes[outcome](email)) tally.add([email.campaign, email.step, email.variant ?? noVariant, outcome, day]);
}
