import type { KinesisStreamRecord } from 'aws-lambda';
import type { DeadLetter } from '../adapters/dead-letters.ts';
import { PoisonRecord } from '../domain/errors.ts';
import { idIn, type DomainEvent } from '../domain/events/event.ts';
import { parseRecord, toDomainEvent } from '../domain/events/parse.ts';
import type { SequencedEvent } from '../domain/fold/fold.ts';
import type { Config } from '../schemas/config.ts';
import type { Envelope } from '../schemas/event.ts';

/** One person's events of a batch, in the order of the stream. */
export interface PersonBatch {
  userKey: string;
  events: (SequencedEvent & { envelope: Envelope })[];
}

export interface SortedBatch {
  poison: DeadLetter[];
  /** Descriptions of products, which belong to the catalogue and to nobody. */
  products: DomainEvent[];
  people: PersonBatch[];
}

const catalogueEvent = 'product_updated';

/** Reads a batch and sorts it by whom it concerns. Never throws: what cannot be read is poison. */
export function sortBatch(records: readonly KinesisStreamRecord[], config: Config, nowMs: number): SortedBatch {
  const poison: DeadLetter[] = [];
  const products: DomainEvent[] = [];
  const people = new Map<string, PersonBatch>();
  for (const { kinesis } of records) {
    try {
      const envelope = parseRecord(Buffer.from(kinesis.data, 'base64').toString('utf8'));
      const event = toDomainEvent(envelope, config);
      if (event.name === catalogueEvent) {
        if (event.source === 'web') throw new PoisonRecord(`${catalogueEvent} needs a server key`);
        products.push(event);
        continue;
      }
      const person = people.get(event.userKey) ?? { userKey: event.userKey, events: [] };
      person.events.push({ sequenceNumber: kinesis.sequenceNumber, event, envelope });
      people.set(event.userKey, person);
    } catch (error) {
      if (!(error instanceof PoisonRecord)) throw error;
      const { sequenceNumber, partitionKey, data } = kinesis;
      poison.push({ reason: error.message, sequenceNumber, partitionKey, data, storedAtMs: nowMs });
    }
  }
  return { poison, products, people: [...people.values()] };
}

/**
 * Events of an anonymous profile that has become part of a known one, addressed to that one. They keep their
 * identity: those without a message id get the one that their place in the stream gives them.
 */
export function forwarded({ events }: PersonBatch, knownKey: string): { partitionKey: string; envelope: Envelope }[] {
  const userId = idIn(knownKey);
  return events.map(({ envelope, event }) => ({
    partitionKey: userId,
    envelope: { ...envelope, event: { ...envelope.event, userId, messageId: envelope.event.messageId ?? `forwarded:${event.messageHash}` } },
  }));
}
