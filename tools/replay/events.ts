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
 * @returns undefined for a record that concerns nobody's profile, or that nobody can read
 */
export function readPastEvent(data: string, config: Config, sequenceNumber?: string): PastEvent | undefined {
  const { envelope } = parseRecord(data);
  const { event } = envelope === undefined ? {} : toDomainEvent(envelope, config);
  if (envelope === undefined || event === undefined || event.name === catalogueEvent) return undefined;
  return {
    event,
    isForwarded: envelope.messageHash !== undefined,
    identity: event.messageHash,
    ...(sequenceNumber !== undefined && { sequence: comparableSequence(sequenceNumber) }),
  };
}
