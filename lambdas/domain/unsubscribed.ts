import { ownEnvelope } from './own-events.ts';
import type { LinkClaim } from './tokens.ts';

/** Leaving a topic, as an event of the stream. */
export function unsubscribedEnvelope({ userKey, topic }: LinkClaim, atMs: number): ReturnType<typeof ownEnvelope> {
  const messageId = `unsubscribed:${userKey}:${topic}:${atMs}`.slice(0, 255);
  return ownEnvelope({ userKey, name: 'email_unsubscribed', messageId, properties: { topic }, receivedAtMs: atMs });
}
