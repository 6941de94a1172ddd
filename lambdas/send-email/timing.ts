import { latestSendMs, mayContactAtMs } from '../domain/contact-times.ts';
import { WriteConflict } from '../domain/errors.ts';
import type { CampaignConfig } from '../schemas/config.ts';
import type { SendRequest } from '../schemas/workflow.ts';
import type { Deps } from './deps.ts';

export type Timing = { now: true } | { now: false; untilMs: number } | { now: false; tooLate: true };

const attempts = 5;

/**
 * May the email go now? If so, its place under the caps is taken, once for each send, so that two workflows which wake
 * at the same moment do not both take the last one.
 */
export async function takeTurn(deps: Pick<Deps, 'config' | 'contacts' | 'now'>, send: { sendId: string; userKey: string; timeZone: string }, request: SendRequest, campaign: CampaignConfig): Promise<Timing> {
  const { contact } = deps.config;
  const nowMs = deps.now();
  const latestMs = latestSendMs(contact, campaign, request.step, request.entryAtMs);
  if (nowMs > latestMs) return { now: false, tooLate: true };
  const isCapped = contact.maxPerDay !== undefined || contact.maxPerWeek !== undefined;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const log = isCapped ? await deps.contacts.read(send.userKey) : { version: 0, emails: [] };
    const others = log.emails.filter(({ sendId }) => sendId !== send.sendId);
    const atMs = mayContactAtMs(contact, others, send.timeZone, nowMs);
    if (atMs > latestMs) return { now: false, tooLate: true };
    if (atMs > nowMs) return { now: false, untilMs: atMs };
    if (!isCapped || others.length < log.emails.length || (await deps.contacts.add(send.userKey, log, { sendId: send.sendId, atMs: nowMs }))) return { now: true };
  }
  throw new WriteConflict(`contact log, ${attempts} attempts`);
}
