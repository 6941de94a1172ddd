import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { SendMark, SendStore } from '../adapters/send-store.ts';
import type { Stream } from '../adapters/stream.ts';
import { feedbackEnvelope, happenedAtMs, suppressionReason } from '../domain/feedback.ts';
import { sesEvent, type SesEvent } from '../schemas/ses-event.ts';

export interface Deps {
  sends: Pick<SendStore, 'get' | 'mark'>;
  control: Pick<ControlStore, 'suppress'>;
  stream: Stream;
  logger: Logger;
  now: () => number;
}

const marks: Partial<Record<SesEvent['detail']['eventType'], SendMark>> = {
  Send: 'sentAtMs',
  Delivery: 'deliveredAtMs',
  Open: 'openedAtMs',
  Click: 'clickedAtMs',
  Bounce: 'bouncedAtMs',
  Complaint: 'complainedAtMs',
};

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

    const sendId = detail.mail.tags?.['send-id']?.[0];
    const send = sendId === undefined ? undefined : await sends.get(sendId);
    if (send === undefined) {
      logger.warn('feedback for a message that Segue did not send', { eventType: detail.eventType });
      return;
    }
    const mark = marks[detail.eventType];
    if (mark) await sends.mark(send.sendId, mark, atMs, detail.mail.messageId);
    await stream.put([feedbackEnvelope(detail, send, now())]);
    logger.info('feedback', { eventType: detail.eventType, campaign: send.campaign, step: send.step });
  };
}
