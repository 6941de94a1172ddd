import type { Envelope } from '../schemas/event.ts';
import { isAnonymous } from './events.ts';
import type { LinkClaim } from './tokens.ts';

/** Leaving a topic, as an event of the stream. */
export function unsubscribedEnvelope({ userKey, topic }: LinkClaim, atMs: number): { partitionKey: string; envelope: Envelope } {
  const id = userKey.slice(2);
  const messageId = `unsubscribed:${userKey}:${topic}:${atMs}`.slice(0, 255);
  return {
    partitionKey: id,
    envelope: {
      v: 1,
      type: 'track',
      receivedAtMs: atMs,
      keyId: 'email',
      source: 'email',
      requestId: messageId,
      index: 0,
      event: { messageId, ...(isAnonymous(userKey) ? { anonymousId: id } : { userId: id }), event: 'email_unsubscribed', properties: { topic } },
    },
  };
}
