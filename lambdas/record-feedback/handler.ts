import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { SendStore } from '../adapters/mail/send-store.ts';
import type { Stream } from '../adapters/stream.ts';
import { feedbackEvents, suppressionReason, topicsLeft } from '../domain/feedback/events.ts';
import { happenedAtMs, judge, withFeedback } from '../domain/feedback/message.ts';
import { sesEvent } from '../schemas/ses-event.ts';

export interface Deps {
  sends: Pick<SendStore, 'revise'>;
  control: Pick<ControlStore, 'suppress' | 'optOut'>;
  stream: Stream;
  logger: Logger;
  now: () => number;
}

/**
 * Takes an SES event, notes it on the send that its tag names, and puts it into the stream as an event of the
 * person. Can be repeated: everything it writes is keyed by what happened.
 */
export function createHandler({ sends, control, stream, logger, now }: Deps) {
  return async (event: unknown): Promise<void> => {
    const { detail } = sesEvent.parse(event);
    const atMs = happenedAtMs(detail);
    const reason = suppressionReason(detail);
    if (reason) await Promise.all((detail.mail.destination ?? []).map((address) => control.suppress(address, reason, atMs)));

    const { eventType } = detail;
    const sendId = detail.mail.tags?.['send-id']?.[0];
    const send = sendId === undefined ? undefined : await sends.revise(sendId, (record) => withFeedback(record, detail));
    if (send === undefined) {
      logger.warn('feedback for a message that Segue did not send', { eventType });
      return;
    }
    // Written at once, since the next send may come before the stream is processed.
    for (const topic of topicsLeft(detail)) await control.optOut(send.userKey, topic, atMs);
    const judgement = judge(detail, send);
    await stream.put(feedbackEvents(detail, send, judgement, now()));
    logger.info('feedback', { eventType, campaign: send.campaign, step: send.step, ...(judgement?.by === 'machine' && { automatic: judgement.why }) });
  };
}
