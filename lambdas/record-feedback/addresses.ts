import type { SendRecord } from '../adapters/mail/send-store.ts';
import { addressHash } from '../domain/emails/address.ts';
import { kindOf, mayBeAutomaticAnswer, recipientsOf } from '../domain/feedback/kinds.ts';
import { happenedAtMs } from '../domain/feedback/message.ts';
import type { SesEvent } from '../schemas/ses-event.ts';
import type { Deps } from './handler.ts';

type Detail = SesEvent['detail'];

const inboxesOf = (detail: Detail): string[] => [...new Set(recipientsOf(detail).map(addressHash))];

/** Suppresses the addresses of a hard bounce or a complaint, whoever sent the message. */
export async function noteOnAddresses({ inboxes }: Pick<Deps, 'inboxes'>, detail: Detail): Promise<void> {
  const kind = kindOf(detail);
  if (kind?.address !== 'suppress') return;
  const reason = kind.email === 'withheld' ? 'suppression-list' : kind.email === 'complained' ? 'complaint' : 'bounce';
  await Promise.all(inboxesOf(detail).map((inbox) => inboxes.suppress(inbox, reason, happenedAtMs(detail))));
}

/** Counts a bounce that may pass, and takes it back when the message turns out to have been delivered: then it was an automatic answer. */
export async function noteSoftBounce({ inboxes, limit, logger }: Pick<Deps, 'inboxes' | 'limit' | 'logger'>, detail: Detail, send: SendRecord | undefined): Promise<void> {
  const sendId = send?.sendId ?? detail.mail.messageId;
  if (detail.eventType === 'Delivery' && send?.evidence?.generalBouncesAtMs !== undefined) {
    await Promise.all(inboxesOf(detail).map((inbox) => inboxes.removeSoftBounce(inbox, sendId)));
    return;
  }
  if (kindOf(detail)?.address !== 'soft-bounce' || (mayBeAutomaticAnswer(detail) && send?.deliveredAtMs !== undefined)) return;
  const suppressed = await Promise.all(inboxesOf(detail).map((inbox) => inboxes.addSoftBounce(inbox, { sendId, atMs: happenedAtMs(detail) }, limit)));
  if (suppressed.includes(true)) logger.warn('an address is suppressed after repeated soft bounces', { softBounces: limit.softBounces, withinDays: limit.withinDays });
}
