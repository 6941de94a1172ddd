import { randomUUID } from 'node:crypto';
import type { MailEventType } from './events.ts';
import type { Mail } from './store.ts';

export type Outcome = Mail['outcome'];

/** The mailbox simulator's addresses do what SES says of them; all others take the message, unless they are suppressed. */
export function outcomeOf(to: readonly string[], isSuppressed: (address: string) => boolean): Outcome {
  const simulated = to
    .map((address) => /^(bounce|complaint|suppressionlist)(\+[^@]*)?@simulator\.amazonses\.com$/i.exec(address)?.[1]?.toLowerCase())
    .find(Boolean);
  if (simulated === 'suppressionlist') return 'suppressed';
  if (simulated === 'bounce') return 'bounced';
  if (simulated === 'complaint') return 'complained';
  return to.some(isSuppressed) ? 'suppressed' : 'delivered';
}

/** Events that SES publishes for each outcome of a message, with the fields of that event. */
export function outcomeEvents(outcome: Outcome, to: readonly string[]): [type: MailEventType, detail: Record<string, unknown>][] {
  const recipients = to.map((emailAddress) => ({ emailAddress }));
  const reportingMTA = 'a1-1.smtp-out.local';
  const delivery: [MailEventType, Record<string, unknown>] = [
    'Delivery',
    { processingTimeMillis: 120, recipients: to, smtpResponse: '250 2.0.0 OK', reportingMTA },
  ];
  const bounce = { bounceType: 'Permanent', feedbackId: randomUUID(), reportingMTA: `dns; ${reportingMTA}` };
  switch (outcome) {
    case 'delivered':
      return [delivery];
    case 'bounced': {
      const diagnosis = { action: 'failed', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' };
      return [['Bounce', { ...bounce, bounceSubType: 'General', bouncedRecipients: recipients.map((one) => ({ ...one, ...diagnosis })) }]];
    }
    case 'suppressed':
      return [['Bounce', { ...bounce, bounceSubType: 'OnAccountSuppressionList', bouncedRecipients: recipients }]];
    case 'complained':
      return [delivery, ['Complaint', { complainedRecipients: recipients, feedbackId: randomUUID(), complaintFeedbackType: 'abuse' }]];
  }
}
