import type { SesEvent } from '../schemas/ses-event.ts';
import { ownEnvelope } from './own-events.ts';

type Detail = SesEvent['detail'];

const eventNames = {
  Send: 'email_sent',
  Delivery: 'email_delivered',
  Open: 'email_opened',
  Click: 'email_clicked',
  Bounce: 'email_bounced',
  Complaint: 'email_complained',
  Reject: 'email_rejected',
  DeliveryDelay: 'email_delayed',
  'Rendering Failure': 'email_failed',
  Subscription: 'email_unsubscribed',
} as const satisfies Record<Detail['eventType'], string>;

/** When it happened: each SES event type has the time in a part of its own. */
export function happenedAtMs({ delivery, open, click, bounce, complaint, deliveryDelay, mail }: Detail): number {
  return Date.parse((delivery ?? open ?? click ?? bounce ?? complaint ?? deliveryDelay ?? mail).timestamp);
}

/** Must the address not be mailed again? After a permanent bounce or a complaint. */
export function suppressionReason({ eventType, bounce }: Detail): 'bounce' | 'complaint' | undefined {
  if (eventType === 'Complaint') return 'complaint';
  return eventType === 'Bounce' && bounce?.bounceType === 'Permanent' ? 'bounce' : undefined;
}

/**
 * An SES event as an event of the stream, addressed to the person whom the email was for. Its message id is made
 * of what it says, so that SES's duplicates count once.
 */
export function feedbackEnvelope(detail: Detail, send: { sendId: string; userKey: string; campaign: string; step: string }, receivedAtMs: number): ReturnType<typeof ownEnvelope> {
  const { userKey, campaign, step, sendId } = send;
  const atMs = happenedAtMs(detail);
  return ownEnvelope({
    userKey,
    name: eventNames[detail.eventType],
    messageId: `ses:${detail.mail.messageId}:${detail.eventType}:${atMs}`,
    properties: {
      campaign,
      step,
      send_id: sendId,
      ...(detail.click && { link: detail.click.link }),
      ...(detail.bounce && { bounce_type: detail.bounce.bounceType }),
    },
    receivedAtMs,
    atMs,
  });
}
