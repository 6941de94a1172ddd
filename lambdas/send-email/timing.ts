import { contactKey, type ContactLog } from '../adapters/mail/contact-log.ts';
import { busiestHour } from '../domain/profile/active-hours.ts';
import { placeOf } from '../domain/profile/place.ts';
import { dueTimesMs, latestSendMs, localHourOf, mayContactAtMs, type ContactLimits } from '../domain/campaigns/contact-times.ts';
import { beganAtMs, restartedUntilMs } from '../domain/campaigns/restart.ts';
import { WriteConflict } from '../domain/errors.ts';
import { unitHash } from '../domain/hash.ts';
import { hourMs } from '../domain/time.ts';
import type { Deps } from './deps.ts';
import type { Gathered } from './gather.ts';

/** `restarted`: the wait began anew, which is no delay. */
export type Timing = { now: true } | { now: false; untilMs: number; restarted?: true } | { now: false; tooLate: true };

const attempts = 5;

type Deciding = Pick<Deps, 'plan' | 'contacts' | 'now'>;

interface Sending {
  situation: Gathered;
  decision: { address: string };
}

/** May the email go now? Asks, and takes no place. */
export async function mayGo(deps: Deciding, sendId: string, { situation, decision: { address } }: Sending): Promise<Timing> {
  const log = isCapped(deps) ? await deps.contacts.read(contactKey(address)) : noLog;
  return timingAt(deps, sendId, situation, log, deps.now());
}

/**
 * Takes the email's place under the caps, once for each send, so that two workflows which wake at the same moment do not both take
 * the last one. Whoever loses the write looks again, by a clock that has gone on: what the winner wrote must not lie in the future.
 */
export async function takeTurn(deps: Deciding, sendId: string, { situation, decision: { address } }: Sending): Promise<Timing> {
  if (!isCapped(deps)) return timingAt(deps, sendId, situation, noLog, deps.now());
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const log = await deps.contacts.read(contactKey(address));
    const nowMs = deps.now();
    const timing = timingAt(deps, sendId, situation, log, nowMs);
    // A place that the send has taken before, and lost its way after, is renewed: the email goes now, and not then.
    if (!timing.now || (await deps.contacts.add(contactKey(address), log, { sendId, atMs: nowMs }))) return timing;
  }
  throw new WriteConflict(`contact log, ${attempts} attempts`);
}

const noLog: ContactLog = { version: 0, emails: [] };
const isCapped = ({ plan: { config } }: Deciding): boolean => config.contact.maxPerDay !== undefined || config.contact.maxPerWeek !== undefined;

function timingAt({ plan }: Deciding, sendId: string, situation: Gathered, log: ContactLog, nowMs: number): Timing {
  const { contact } = plan.config;
  const { campaign, request, profile, content, state } = situation;
  const latestMs = latestSendMs(contact, campaign, request.step, beganAtMs(profile, request));
  if (nowMs > latestMs) return { now: false, tooLate: true };
  const waitsUntilMs = restartedUntilMs(campaign, profile, request, nowMs);
  if (waitsUntilMs !== undefined) return { now: false, untilMs: waitsUntilMs, restarted: true };
  const until = (untilMs: number): Timing => (untilMs > latestMs ? { now: false, tooLate: true } : { now: false, untilMs });
  // Each send looks again at a time of its own, so that there is no burst when the campaign goes on.
  if (state === 'paused') return until(nowMs + hourMs * (1 + unitHash('pause', sendId)));
  const others = log.emails.filter((email) => email.sendId !== sendId);
  const { timeZone } = placeOf(content, plan.config);
  const wishes = contactLimitsOf({ plan }, situation, timeZone);
  const wishedMs = mayContactAtMs(contact, others, timeZone, nowMs, wishes);
  // A wish for an hour is not worth losing the email.
  const atMs = wishedMs > latestMs ? mayContactAtMs(contact, others, timeZone, nowMs, { ...wishes, localHour: undefined }) : wishedMs;
  return atMs > nowMs ? until(atMs) : { now: true };
}

function contactLimitsOf({ plan }: Pick<Deps, 'plan'>, { step, campaign, profile, nowMs }: Gathered, timeZone: string): ContactLimits {
  const { atLocalHour } = step;
  const busiest = busiestHour(profile.activeHours);
  return {
    localHour: atLocalHour !== 'best' ? atLocalHour : busiest === undefined ? undefined : localHourOf(busiest, timeZone, nowMs),
    reservedMs: Object.values(profile.runs).flatMap((run) => {
      const other = plan.campaigns.find(({ name }) => name === run.campaign);
      return other && other.priority > campaign.priority ? dueTimesMs(other, run.restartedAtMs ?? run.entryAtMs) : [];
    }),
  };
}
