import { catalogueEvent, type DomainEvent } from '../../lambdas/domain/events/event.ts';
import { parseRecord, toDomainEvent } from '../../lambdas/domain/events/parse.ts';
import { comparableSequence } from '../../lambdas/domain/profile/profile.ts';
import type { Config } from '../../lambdas/schemas/config.ts';

/** An event that was accepted once, from the archive, from the stream, or from both. */
export interface PastEvent {
  event: DomainEvent;
  /** The same for all copies of an event: resent by the client, delivered twice, or forwarded to the person that a device belongs to. */
  identity: string;
  /** A copy that process-events made for the person whom a device belongs to. */
  isForwarded: boolean;
  /** Place in the stream, in comparable form; unknown for what only the archive has. */
  sequence?: string;
}

/**
 * Reads a record as process-events does.
 * @returns undefined for a record that concerns nobody's profile, and the reason for one that nobody can read
 */
export function readPastEvent(data: string, config: Config, sequenceNumber?: string): PastEvent | { reason: string } | undefined {
  const { envelope, reason } = parseRecord(data);
  if (envelope === undefined) return { reason };
  const answer = toDomainEvent(envelope, config);
  if (answer.event === undefined) return { reason: answer.reason };
  const { event } = answer;
  if (event.name === catalogueEvent) return undefined;
  return {
    event,
    isForwarded: envelope.messageHash !== undefined,
    identity: event.messageHash,
    ...(sequenceNumber !== undefined && { sequence: comparableSequence(sequenceNumber) }),
  };
}
