import type { SendRecord } from '../adapters/mail/send-store.ts';
import { topicsLeft } from '../domain/feedback/events.ts';
import { kindOf } from '../domain/feedback/kinds.ts';
import { happenedAtMs } from '../domain/feedback/message.ts';
import { everything } from '../domain/profile/unsubscribed.ts';
import type { SesEvent } from '../schemas/ses-event.ts';
import type { Deps } from './handler.ts';

/** Topics that were left in SES's own list management. Written at once, since the next send may come before the stream is processed. */
export async function noteLeaving({ control, inboxes, topicOf }: Pick<Deps, 'control' | 'inboxes' | 'topicOf'>, detail: SesEvent['detail'], { userKey, campaign, inbox }: SendRecord): Promise<void> {
  const atMs = happenedAtMs(detail);
  const topics = kindOf(detail)?.address === 'leave' ? [topicOf(campaign) ?? everything] : topicsLeft(detail);
  for (const topic of topics) await Promise.all([control.optOut(userKey, topic, atMs), inbox && inboxes.decide(inbox, 'left', topic, atMs)]);
}
