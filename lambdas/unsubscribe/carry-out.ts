import type { SendRecord } from '../adapters/mail/send-store.ts';
import { resubscribedEnvelope, unsubscribedEnvelope } from '../domain/profile/unsubscribed.ts';
import type { Change } from './choice.ts';
import type { Deps } from './handler.ts';

interface Decider {
  userKey: string;
  inbox: string | undefined;
  send: SendRecord | undefined;
}

/** Both the person and the address decide: whoever else has the address, and whatever address the person has later. */
export async function carryOut({ control, inboxes, stream, logger, now }: Deps, { userKey, inbox, send }: Decider, { leaves, returnsTo }: Change): Promise<void> {
  const atMs = now();
  // Opt-outs are written first: a person who comes back to one topic must not be subscribed to all of them in between.
  for (const topic of leaves) await Promise.all([control.optOut(userKey, topic, atMs), inbox && inboxes.decide(inbox, 'left', topic, atMs)]);
  for (const topic of returnsTo) await Promise.all([control.optIn(userKey, topic, atMs), inbox && inboxes.decide(inbox, 'back', topic, atMs)]);
  const events = [...leaves.map((topic) => unsubscribedEnvelope({ userKey, topic, send }, atMs)), ...returnsTo.map((topic) => resubscribedEnvelope({ userKey, topic, send }, atMs))];
  if (events.length > 0) await stream.put(events);
  logger.info('preferences', { leaves: leaves.join(), returnsTo: returnsTo.join(), ...(send && { campaign: send.campaign, step: send.step }) });
}
