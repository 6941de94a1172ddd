import { ownEnvelope } from '../events/own-event.ts';
import { own } from '../own.ts';
import type { Profile } from './profile.ts';
import { shortHash } from '../hash.ts';

/** Stands for all topics, in opt-outs and their events. */
export const everything = '*';

/** A person's decision about a topic. */
export interface Decision {
  userKey: string;
  topic: string;
  /** The email in which they clicked. */
  send?: { sendId: string; campaign: string; step: string } | undefined;
}

/** Leaving a topic, as an event of the stream. */
export const unsubscribedEnvelope = (decision: Decision, atMs: number) => decisionEnvelope('unsubscribed', decision, atMs);

/** Coming back to a topic, as an event of the stream. Only somebody who holds a signed link may cause it. */
export const resubscribedEnvelope = (decision: Decision, atMs: number) => decisionEnvelope('resubscribed', decision, atMs);

function decisionEnvelope(kind: 'unsubscribed' | 'resubscribed', { userKey, topic, send }: Decision, atMs: number): ReturnType<typeof ownEnvelope> {
  // Hashed, since ids are as long as a message id may be.
  const messageId = `${kind}:${shortHash([userKey, topic, atMs], 22)}`;
  const properties = { topic, ...(send && { campaign: send.campaign, step: send.step, send_id: send.sendId }) };
  return ownEnvelope({ userKey, name: `email_${kind}`, messageId, properties, receivedAtMs: atMs });
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
