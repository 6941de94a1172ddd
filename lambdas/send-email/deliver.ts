import { NotSent } from '../domain/errors.ts';
import type { SendAnswer, SendRequest } from '../schemas/workflow.ts';
import type { Composed } from './compose.ts';
import type { Deps } from './deps.ts';

type Sent = Extract<SendAnswer, { outcome: 'sent' }>;

/** Waits for a place in the account's send rate. @throws SendThrottled, logged as what alarms count */
export async function takePlace({ rate, logger }: Deps, { campaign, step }: SendRequest): Promise<void> {
  try {
    await rate.take();
  } catch (error) {
    if (error instanceof NotSent) logger.error('cannot send', { campaign, step, error: error.name });
    throw error;
  }
}

/** Sends an email at most once. @throws NotSent, of the kind that fits; alarms count them by the name that is logged */
export async function deliver(deps: Deps, composed: Composed): Promise<Sent> {
  try {
    return await claimAndSend(deps, composed);
  } catch (error) {
    const { campaign, step } = composed.record;
    if (error instanceof NotSent) deps.logger.error('cannot send', { campaign, step, error: error.name });
    throw error;
  }
}

/**
 * Claim, send, confirm. SES cannot be asked whether it has sent a message, so the claim comes first and is given back only
 * when the message was certainly not sent. When an answer is lost, the claim stays, so nobody is mailed twice, and the SES event with
 * the claim's tag says later what happened.
 */
async function claimAndSend({ sends, coupons, mailer, logger, now }: Deps, { record, mail, coupon }: Composed): Promise<Sent> {
  const { sendId } = record;
  const sent = (atMs: number, confirmed: boolean): Sent => ({ outcome: 'sent', sendId, atMs, confirmed });
  if (!(await sends.claim(record))) return sent(record.claimedAtMs, false);

  // The coupon is stored before the email that shows its code is sent.
  if (coupon) {
    try {
      await coupons.create(coupon);
    } catch (error) {
      await sends.release(sendId);
      throw error;
    }
  }

  let messageId: string;
  try {
    ({ messageId } = await mailer.send(mail));
  } catch (error) {
    if (error instanceof NotSent) {
      await sends.release(sendId);
      throw error;
    }
    logger.warn('send unconfirmed', { sendId, error: error instanceof Error ? error.name : 'unknown' });
    return sent(record.claimedAtMs, false);
  }
  const sentAtMs = now();
  try {
    await sends.confirm(sendId, messageId, sentAtMs);
    return sent(sentAtMs, true);
  } catch (error) {
    // The email was sent; an error here would only repeat a finished step.
    logger.warn('send not noted', { sendId, error: error instanceof Error ? error.name : 'unknown' });
    return sent(sentAtMs, false);
  }
}
