import type { StreamRecord } from '../aws/kinesis.ts';

interface Known {
  receivedAtMs: number;
  sentAt?: string;
  event: { messageId?: string; event?: string; type?: string; timestamp?: string; properties?: { event_id?: string }; traits?: { event_id?: string } };
  type: string;
}

/** What the history wants to know of a record: which event it is, and when that happened by a corrected clock. */
export function recordOf({ sequenceNumber, partitionKey, data }: StreamRecord, nameOf: (secret: string) => string) {
  const { receivedAtMs, sentAt, event, type } = JSON.parse(Buffer.from(data).toString()) as Known;
  const skewMs = sentAt === undefined ? 0 : receivedAtMs - Date.parse(sentAt);
  const { messageId } = event;
  // The hash of a code, which differs from run to run.
  const ownId = messageId?.startsWith('coupon_redeemed:') ? nameOf(messageId) : messageId;
  const eventId = event.properties?.event_id ?? event.traits?.event_id ?? ownId;
  const effectiveAtMs = event.timestamp === undefined ? receivedAtMs : Math.min(receivedAtMs, Date.parse(event.timestamp) + skewMs);
  return { sequenceNumber, partitionKey, name: event.event ?? type, effectiveAtMs, ...(eventId !== undefined && { eventId }) };
}
