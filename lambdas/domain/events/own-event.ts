import type { Envelope } from '../../schemas/event.ts';
import { idIn, isAnonymous } from './event.ts';

/** Something that Segue itself has to tell of a person. */
export interface OwnEvent {
  userKey: string;
  name: string;
  /** Made of what it says, so that telling it again counts once. */
  messageId: string;
  properties: Record<string, unknown>;
  receivedAtMs: number;
  /** When it happened, if not when it was received. */
  atMs?: number;
}

/** An event of Segue's own as a record of the stream, addressed to the person. Events of the email provider and of people's rights come from `email`. */
export function ownEnvelope(
  { userKey, name, messageId, properties, receivedAtMs, atMs }: OwnEvent,
  from: Pick<Envelope, 'keyId' | 'source'> = { keyId: 'email', source: 'email' },
): { partitionKey: string; envelope: Envelope } {
  const id = idIn(userKey);
  const event = {
    messageId,
    ...(isAnonymous(userKey) ? { anonymousId: id } : { userId: id }),
    event: name,
    ...(atMs !== undefined && { timestamp: new Date(atMs).toISOString() }),
    properties,
  };
  return { partitionKey: id, envelope: { v: 1, type: 'track', receivedAtMs, ...from, requestId: messageId, index: 0, event } };
}
