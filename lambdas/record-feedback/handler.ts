import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { InboxStore } from '../adapters/mail/inbox-store.ts';
import type { SendStore } from '../adapters/mail/send-store.ts';
import type { Stream } from '../adapters/stream.ts';
import { feedbackEvents } from '../domain/feedback/events.ts';
import { kindOf } from '../domain/feedback/kinds.ts';
import { isOldNews, judge, withFeedback } from '../domain/feedback/message.ts';
import { hideTokens } from '../domain/links/hidden-token.ts';
import type { SoftBounceLimit } from '../domain/profile/inbox.ts';
import { sesEvent } from '../schemas/ses-event.ts';
import { noteOnAddresses, noteSoftBounce } from './addresses.ts';
import { noteLeaving } from './leaving.ts';

export interface Deps {
  sends: Pick<SendStore, 'revise'>;
  control: Pick<ControlStore, 'optOut'>;
  inboxes: Pick<InboxStore, 'suppress' | 'decide' | 'addSoftBounce' | 'removeSoftBounce'>;
  /** When repeated soft bounces suppress an address. */
  limit: SoftBounceLimit;
  /** Topic of a campaign, by its name. */
  topicOf: (campaign: string) => string | undefined;
  stream: Stream;
  logger: Logger;
  now: () => number;
}

/**
 * Takes an SES event, notes it on the address and on the send that its tag names, and puts it into the stream as an event of the
 * person. Can be repeated: everything it writes is keyed by what happened.
 */
export function createHandler(deps: Deps) {
  const { sends, stream, logger, now } = deps;
  return async (event: unknown): Promise<void> => {
    const { detail: told } = sesEvent.parse(event);
    // Before anything is kept: the links of pages are tokens, which whoever reads an event could use.
    const detail = told.click ? { ...told, click: { ...told.click, link: hideTokens(told.click.link) } } : told;
    await noteOnAddresses(deps, detail);
    const { eventType } = detail;
    const sendId = detail.mail.tags?.['send-id']?.[0];
    const send = sendId === undefined ? undefined : await sends.revise(sendId, (record) => withFeedback(record, detail));
    await noteSoftBounce(deps, detail, send);
    if (send === undefined) {
      logger.warn('feedback for a message that Segue did not send', { eventType });
      return;
    }
    await noteLeaving(deps, detail, send);
    const judgement = judge(detail, send);
    if (judgement?.by === 'person' && isOldNews(detail, send)) return;
    const events = feedbackEvents(detail, send, judgement, now());
    if (events.length > 0) await stream.put(events);
    logger.info('feedback', { eventType, ...kindOf(detail), campaign: send.campaign, step: send.step, ...(judgement?.by === 'machine' && { automatic: judgement.why }) });
  };
}
