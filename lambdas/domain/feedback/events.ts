import type { Envelope } from '../../schemas/event.ts';
import type { SesEvent } from '../../schemas/ses-event.ts';
import type { Judgement } from './engagement.ts';
import { shortHash } from '../hash.ts';
import { kindOf } from './kinds.ts';
import { happenedAtMs } from './message.ts';
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

/** Topics that the person left through SES's own list management; `*` is all of them. Coming back is for Segue's preference page. */
export function topicsLeft({ eventType, subscription }: Detail): string[] {
  if (eventType !== 'Subscription') return [];
  const { unsubscribeAll, topicSubscriptionStatus = [] } = subscription?.newTopicPreferences ?? { unsubscribeAll: true };
  if (unsubscribeAll) return [everything];
  return topicSubscriptionStatus.filter(({ subscriptionStatus }) => /^opt_?out$/i.test(subscriptionStatus)).map(({ topicName }) => topicName);
}

/**
 * An SES event as events of the stream, addressed to the person whom the email was for: mostly one. Their message ids are
 * made of what they say, and not of who is thought to have caused them, so that SES's duplicates count once. A click that
 * was reported stays in the stream even if a later one shows that a scanner follows the links; only the send record is corrected.
 */
export function feedbackEvents(
  detail: Detail,
  send: { sendId: string; userKey: string; campaign: string; step: string },
  judgement: Judgement | undefined,
  receivedAtMs: number,
): { partitionKey: string; envelope: Envelope }[] {
  const { userKey, campaign, step, sendId } = send;
  const { eventType, click, bounce, complaint, deliveryDelay, reject } = detail;
  const atMs = happenedAtMs(detail);
  const byMachine = judgement?.by === 'machine' ? judgement : undefined;
  const tell = (name: string, more: Record<string, unknown>, ...said: string[]) =>
    ownEnvelope({
      userKey,
      name: byMachine ? `${name}_automatically` : name,
      messageId: ['ses', sendId, eventType, atMs, ...said].join(':').slice(0, 255),
      properties: { campaign, step, send_id: sendId, ...more, ...(byMachine && { why: byMachine.why }) },
      receivedAtMs,
      atMs,
    });
  const name = eventNames[eventType];
  switch (eventType) {
    case 'Subscription':
      return topicsLeft(detail).map((topic) => tell(name, { topic }, topic));
    case 'Click':
      return [click ? tell(name, { link: click.link }, shortHash([click.link], 8)) : tell(name, {})];
    case 'Bounce':
    case 'Complaint': {
      const { email } = kindOf(detail) ?? {};
      const subType = bounce ? bounce.bounceSubType : complaint?.complaintSubType;
      // Neither a complaint nor a bounce, so there is nothing to report.
      if (email === 'nothing') return [];
      if (email === 'withheld') return [tell(eventNames.Reject, { reason: subType ?? eventType })];
      const said = bounce ? { bounce_type: bounce.bounceType, ...(subType && { bounce_subtype: subType }) } : { ...(complaint?.complaintFeedbackType && { feedback_type: complaint.complaintFeedbackType }) };
      return [tell(name, said)];
    }
    case 'DeliveryDelay':
      return [tell(name, { ...(deliveryDelay?.delayType && { delay_type: deliveryDelay.delayType }) })];
    case 'Reject':
      return [tell(name, { ...(reject?.reason && { reason: reject.reason }) })];
    case 'Send':
    case 'Delivery':
    case 'Open':
    case 'Rendering Failure':
      return [tell(name, {})];
  }
}
