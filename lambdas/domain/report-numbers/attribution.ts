import type { Config } from '../../schemas/config.ts';
import { dayMs } from '../time.ts';

type Attribution = Pick<Config['attribution'], 'windowDays' | 'touch' | 'credit'>;

/** An email to a person, with the first time of each thing that happened to it. */
export interface EmailTimes {
  sendId: string;
  sentAtMs?: number;
  openedAtMs?: number;
  clickedAtMs?: number;
}

/** A part of one conversion, in (0, 1]. */
export interface Credit<Email> {
  email: Email;
  share: number;
}

/**
 * Which of a person's emails a conversion counts for: those that touched the person within the window before it, and of them the
 * last, the first, or all in equal parts. Does not depend on the order of the emails; of two touches at the same instant the
 * one with the lower send id is the earlier.
 * @returns shares that add up to 1, or nothing when no email touched the person in time
 */
export function attribute<Email extends EmailTimes>(conversionAtMs: number, emails: readonly Email[], rule: Attribution): Credit<Email>[] {
  const touches = emails
    .flatMap((email) => {
      const atMs = touchedAtMs(email, rule.touch);
      return atMs !== undefined && isWithin(conversionAtMs, atMs, rule) ? [{ email, atMs }] : [];
    })
    .sort((a, b) => a.atMs - b.atMs || (a.email.sendId < b.email.sendId ? -1 : 1));
  const credited = rule.credit === 'equal' ? touches : rule.credit === 'first' ? touches.slice(0, 1) : touches.slice(-1);
  return credited.map(({ email }) => ({ email, share: 1 / credited.length }));
}

/** When an email touched the person, in the sense of the config; an email that was never sent touches nobody. */
export function touchedAtMs(email: EmailTimes, touch: Attribution['touch']): number | undefined {
  return { sent: email.sentAtMs, opened: email.openedAtMs, clicked: email.clickedAtMs }[touch];
}

/** Did something happen in the attribution window after `fromMs`? Both ends are in. */
export const isWithin = (atMs: number, fromMs: number, { windowDays }: Pick<Attribution, 'windowDays'>): boolean =>
  atMs >= fromMs && atMs - fromMs <= windowDays * dayMs;
