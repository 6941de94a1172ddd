import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { InboxStore } from '../adapters/mail/inbox-store.ts';
import type { SendRecord } from '../adapters/mail/send-store.ts';
import type { Stream } from '../adapters/stream.ts';
import { unsubscribedEnvelope } from '../domain/profile/unsubscribed.ts';
import type { Change } from './choice.ts';

export interface LeaveDeps {
  control: Pick<ControlStore, 'optOut'>;
  inboxes: Pick<InboxStore, 'decide'>;
  stream: Stream;
  logger: Logger;
  now: () => number;
}

interface Decider {
  userKey: string;
  /** Hash of the address that decides as well: whoever else has it, and whatever address the person has later. */
  inbox: string | undefined;
  send: SendRecord | undefined;
}

/** At once, for the person and the address. What the person comes back to waits for the confirmation, and by then what they do not want is left. */
export async function leave({ control, inboxes, stream, logger, now }: LeaveDeps, { userKey, inbox, send }: Decider, { leaves, returnsTo }: Change): Promise<void> {
  const atMs = now();
  for (const topic of leaves) await Promise.all([control.optOut(userKey, topic, atMs), inbox && inboxes.decide(inbox, 'left', topic, atMs)]);
  if (leaves.length > 0) await stream.put(leaves.map((topic) => unsubscribedEnvelope({ userKey, topic, send }, atMs)));
  logger.info('preferences', { leaves: leaves.join(), asksFor: returnsTo.join(), ...(send && { campaign: send.campaign, step: send.step }) });
}
