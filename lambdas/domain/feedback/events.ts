import type { Envelope } from '../../schemas/event.ts';
import type { SesEvent } from '../../schemas/ses-event.ts';
import type { Judgement } from './engagement.ts';
import { shortHash } from '../hash.ts';
import { happenedAtMs, isHardBounce } from './message.ts';
import { ownEnvelope } from '../events/own-event.ts';
import { everything } from '../profile/unsubscribed.ts';

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

/** Must the address not be mailed again? After a permanent bounce or a complaint. */
export function suppressionReason(detail: Detail): 'bounce' | 'complaint' | undefined {
  if (detail.eventType === 'Complaint') return 'complaint';
  return isHardBounce(detail) ? 'bounce' : undefined;
}

/** Topics that the person left through SES's own list management; `*` is all of them. Coming back is for Segue's preference page. */
export function topicsLeft({ eventType, subscription }: Detail): string[] {
  if (eventType !== 'Subscription') return [];
  const { unsubscribeAll, topicSubscriptionStatus = [] } = subscription?.newTopicPreferences ?? { unsubscribeAll: true };
  if (unsubscribeAll) return [everything];
  return topicSubscriptionStatus.filter(({ subscriptionStatus }) => /^opt_?out$/i.test(subscriptionStatus)).map(({ topicName }) => topicName);
}

/**
 * An SES event as events of the stream, addressed to the person whom the email was for: mostly one. Their message ids are
 * made of what they say, and not of who is thought to have caused them, so that SES's duplicates count once. What was told of
 * a click is kept, even if a later one shows that a scanner follows the links; the send record alone is put right.
 */
export function feedbackEvents(
  detail: Detail,
  send: { sendId: string; userKey: string; campaign: string; step: string },
  judgement: Judgement | undefined,
  receivedAtMs: number,
): { partitionKey: string; envelope: Envelope }[] {
  const { userKey, campaign, step, sendId } = send;
  const { click, bounce } = detail;
  const atMs = happenedAtMs(detail);
  const byMachine = judgement?.by === 'machine' ? judgement : undefined;
  const tell = (more: Record<string, unknown>, ...told: string[]) =>
    ownEnvelope({
      userKey,
      name: byMachine ? `${eventNames[detail.eventType]}_automatically` : eventNames[detail.eventType],
      messageId: ['ses', detail.mail.messageId, detail.eventType, atMs, ...told].join(':').slice(0, 255),
      properties: { campaign, step, send_id: sendId, ...more, ...(byMachine && { why: byMachine.why }) },
      receivedAtMs,
      atMs,
    });
  if (detail.eventType === 'Subscription') return topicsLeft(detail).map((topic) => tell({ topic }, topic));
  if (click) return [tell({ link: click.link }, shortHash([click.link], 8))];
  return [tell(bounce ? { bounce_type: bounce.bounceType } : {})];
}
