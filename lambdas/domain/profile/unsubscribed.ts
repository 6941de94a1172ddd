import { ownEnvelope } from '../events/own-event.ts';
import { own } from '../own.ts';
import type { Profile } from './profile.ts';
import type { LinkClaim } from '../links/tokens.ts';

/** Stands for all topics, in opt-outs and their events. */
export const everything = '*';

/** Leaving a topic, as an event of the stream. */
export const unsubscribedEnvelope = (claim: LinkClaim, atMs: number) => decisionEnvelope('unsubscribed', claim, atMs);

/** Coming back to a topic, as an event of the stream. Only somebody who holds a signed link may cause it. */
export const resubscribedEnvelope = (claim: LinkClaim, atMs: number) => decisionEnvelope('resubscribed', claim, atMs);

function decisionEnvelope(decision: 'unsubscribed' | 'resubscribed', { userKey, topic }: LinkClaim, atMs: number): ReturnType<typeof ownEnvelope> {
  const messageId = `${decision}:${userKey}:${topic}:${atMs}`.slice(0, 255);
  return ownEnvelope({ userKey, name: `email_${decision}`, messageId, properties: { topic }, receivedAtMs: atMs });
}

/** Decisions by topic: when the person left it last, and when they came back to it last. */
export type Decisions = Pick<Profile, 'unsubscribedAtMs' | 'resubscribedAtMs'>;

/**
 * Has the person left this very topic (`*`: everything at once) and not come back since? Events may arrive in any order,
 * so the newer decision counts; of two at the same instant, it is leaving.
 * @param known what different records know of the decisions
 */
export function hasLeft(known: Decisions | readonly Decisions[], topic: string): boolean {
  const records = 'length' in known ? known : [known];
  const leftAtMs = newest(records, 'unsubscribedAtMs', topic);
  return leftAtMs > -Infinity && leftAtMs >= newest(records, 'resubscribedAtMs', topic);
}

function newest(records: readonly Decisions[], field: keyof Decisions, topic: string): number {
  let newestMs = -Infinity;
  for (const record of records) newestMs = Math.max(newestMs, own(record[field], topic) ?? -Infinity);
  return newestMs;
}
