import type { SesEvent } from '../../schemas/ses-event.ts';

type Detail = SesEvent['detail'];

/**
 * What a bounce or a complaint means. SES's types are those of
 * https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html; docs/feedback.md has them as a table.
 */
export interface Kind {
  /** What becomes of the address: no more email, one soft bounce more, the person has left a topic, or nothing. */
  address: 'suppress' | 'soft-bounce' | 'leave' | 'keep';
  /** What the email counts as. `withheld`: SES took it, and never tried to deliver it. */
  email: 'bounced' | 'soft-bounced' | 'complained' | 'withheld' | 'nothing';
}

const hard: Kind = { address: 'suppress', email: 'bounced' };
const soft: Kind = { address: 'soft-bounce', email: 'soft-bounced' };
/** Caused by the email or by our own time limit, not by the address. */
const ofEmail: Kind = { address: 'keep', email: 'soft-bounced' };
const withheld: Kind = { address: 'suppress', email: 'withheld' };
const complaint: Kind = { address: 'suppress', email: 'complained' };
/** A report that is not about the sender's emails. */
const noComplaint: Kind = { address: 'keep', email: 'nothing' };

/** A subtype that is not listed is as its type is. */
const permanent = new Map<string, Kind>([
  ['OnAccountSuppressionList', withheld],
  ['OnTenantSuppressionList', withheld],
  ['EmailValidationSuppressed', withheld],
  ['UnsubscribedRecipient', { address: 'leave', email: 'withheld' }],
]);
const transient = new Map<string, Kind>([
  ['MessageTooLarge', ofEmail],
  ['ContentRejected', ofEmail],
  ['AttachmentRejected', ofEmail],
  ['CustomTimeoutExceeded', ofEmail],
]);
/** Registered feedback types of RFC 5965 and RFC 6591; most reports of mailbox providers are `abuse`, or name none. */
const complaints = new Map<string, Kind>([
  ['not-spam', noComplaint],
  ['auth-failure', noComplaint],
]);

/** @returns undefined for what is neither a bounce nor a complaint */
export function kindOf({ eventType, bounce, complaint: complained }: Detail): Kind | undefined {
  if (eventType === 'Bounce') {
    const subType = bounce?.bounceSubType ?? '';
    if (bounce?.bounceType === 'Permanent') return permanent.get(subType) ?? hard;
    return (bounce?.bounceType === 'Transient' ? transient.get(subType) : undefined) ?? soft;
  }
  if (eventType !== 'Complaint') return undefined;
  if (complained?.complaintSubType === 'OnAccountSuppressionList') return withheld;
  return complaints.get(complained?.complaintFeedbackType?.trim().toLowerCase() ?? '') ?? complaint;
}

/**
 * SES reports out-of-office replies as this kind of bounce, too (its documentation says so). If the email was delivered, it did not bounce.
 */
export const mayBeAutomaticAnswer = ({ bounce }: Detail): boolean => bounce?.bounceType === 'Transient' && bounce.bounceSubType === 'General';

/** Whom the event is about. One event may be about only some of a message's recipients, and an address may come with a name. */
export function recipientsOf({ bounce, complaint: complained, mail }: Detail): string[] {
  const named = (bounce?.bouncedRecipients ?? complained?.complainedRecipients)?.map(({ emailAddress }) => emailAddress);
  return (named ?? mail.destination ?? []).map((text) => /<([^<>]+)>\s*$/.exec(text)?.[1] ?? text);
}
