import { busiestHour } from '../domain/profile/active-hours.ts';
import { timeZoneOf } from '../domain/profile/content.ts';
import { dueTimesMs, latestSendMs, localHourOf, mayContactAtMs, type ContactLimits } from '../domain/campaigns/contact-times.ts';
import { WriteConflict } from '../domain/errors.ts';
import { unitHash } from '../domain/hash.ts';
import { hourMs } from '../domain/time.ts';
import type { Deps } from './deps.ts';
import type { Gathered } from './gather.ts';

export type Timing = { now: true } | { now: false; untilMs: number } | { now: false; tooLate: true };

const attempts = 5;

/**
 * May the email go now? If so, its place under the caps is taken, once for each send, so that two workflows which wake
 * at the same moment do not both take the last one.
 */
export async function takeTurn(deps: Pick<Deps, 'plan' | 'contacts'>, sendId: string, situation: Gathered): Promise<Timing> {
  const { contact } = deps.plan.config;
  const { campaign, request, profile, content, nowMs, state } = situation;
  const latestMs = latestSendMs(contact, campaign, request.step, request.entryAtMs);
  if (nowMs > latestMs) return { now: false, tooLate: true };
  const until = (untilMs: number): Timing => (untilMs > latestMs ? { now: false, tooLate: true } : { now: false, untilMs });
  // Each send looks again at a time of its own, so that there is no burst when the campaign goes on.
  if (state === 'paused') return until(nowMs + hourMs * (1 + unitHash('pause', sendId)));
  const isCapped = contact.maxPerDay !== undefined || contact.maxPerWeek !== undefined;
  const timeZone = timeZoneOf(content);
  const wishes = contactLimitsOf(deps, situation, timeZone);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const log = isCapped ? await deps.contacts.read(profile.userKey) : { version: 0, emails: [] };
    const others = log.emails.filter((email) => email.sendId !== sendId);
    const wishedMs = mayContactAtMs(contact, others, timeZone, nowMs, wishes);
    // A wish for an hour is not worth losing the email.
    const atMs = wishedMs > latestMs ? mayContactAtMs(contact, others, timeZone, nowMs, { ...wishes, localHour: undefined }) : wishedMs;
    if (atMs > nowMs) return until(atMs);
    if (!isCapped || others.length < log.emails.length || (await deps.contacts.add(profile.userKey, log, { sendId, atMs: nowMs }))) return { now: true };
  }
  throw new WriteConflict(`contact log, ${attempts} attempts`);
}

function contactLimitsOf({ plan }: Pick<Deps, 'plan'>, { step, campaign, profile, nowMs }: Gathered, timeZone: string): ContactLimits {
  const { atLocalHour } = step;
  const busiest = busiestHour(profile.activeHours);
  return {
    localHour: atLocalHour !== 'best' ? atLocalHour : busiest === undefined ? undefined : localHourOf(busiest, timeZone, nowMs),
    reservedMs: Object.values(profile.runs).flatMap((run) => {
      const other = plan.campaigns.find(({ name }) => name === run.campaign);
      return other && other.priority > campaign.priority ? dueTimesMs(other, run.entryAtMs) : [];
    }),
  };
}
