import type { DeadLetter } from '../dead-letters.ts';
import type { RawRecord } from './backlog.ts';
import type { Committed } from './commit.ts';
import { catalogueEvent, idIn, type DomainEvent } from '../../domain/events/event.ts';
import { parseRecord, toDomainEvent } from '../../domain/events/parse.ts';
import { withoutIdentity } from '../../domain/events/traits.ts';
import { comparableSequence } from '../../domain/profile/profile.ts';
import type { SequencedEvent } from '../../domain/fold/fold.ts';
import type { Config } from '../../schemas/config.ts';
import type { Envelope } from '../../schemas/event.ts';

/** A record that becomes a dead letter, with the reason. */
export const deadLetterOf = ({ sequenceNumber, partitionKey, data }: RawRecord, reason: string, storedAtMs: number): DeadLetter => ({
  reason,
  sequenceNumber,
  partitionKey,
  data,
  storedAtMs,
});

/** One person's events of a batch, in the order of the stream. */
export interface PersonBatch {
  userKey: string;
  events: (SequencedEvent & { envelope: Envelope; record: RawRecord })[];
}

export interface SortedBatch {
  poison: DeadLetter[];
  /** Descriptions of products, which belong to the catalogue and to nobody. */
  products: { event: DomainEvent; record: RawRecord }[];
  people: PersonBatch[];
  /**
   * Records whose partition key is not their person's, such as those of `userId: "undefined"`. The watermark of a profile is only valid for
   * one partition key, so these records are written to the stream again under the right one.
   */
  misplaced: { partitionKey: string; envelope: Envelope }[];
}

/** Reads a batch and groups it by person. Never throws: records that cannot be read are returned as poison. */
export function sortBatch(records: readonly { kinesis: RawRecord }[], config: Config, nowMs: number): SortedBatch {
  const poison: DeadLetter[] = [];
  const products: SortedBatch['products'] = [];
  const people = new Map<string, PersonBatch>();
  const misplaced: SortedBatch['misplaced'] = [];
  for (const { kinesis } of records) {
    const { envelope, event, reason } = read(kinesis.data, config);
    if (event === undefined) poison.push(deadLetterOf(kinesis, reason, nowMs));
    else if (event.name === catalogueEvent) products.push({ event, record: kinesis });
    else if (kinesis.partitionKey !== idIn(event.userKey)) misplaced.push({ partitionKey: idIn(event.userKey), envelope });
    else {
      const person = people.get(event.userKey) ?? { userKey: event.userKey, events: [] };
      person.events.push({ sequenceNumber: kinesis.sequenceNumber, event, envelope, record: kinesis });
      people.set(event.userKey, person);
    }
  }
  return { poison, products, people: [...people.values()], misplaced };
}

type Read = { envelope: Envelope; event: DomainEvent; reason?: undefined } | { event?: undefined; envelope?: undefined; reason: string };

function read(data: string, config: Config): Read {
  const { envelope, reason } = parseRecord(Buffer.from(data, 'base64').toString('utf8'));
  if (envelope === undefined) return { reason };
  const answer = toDomainEvent(envelope, config);
  return answer.event === undefined ? answer : { envelope, event: answer.event };
}

/**
 * Events of a merged anonymous profile, addressed to the known one. They keep the hash of their message, which only Segue can set on a
 * record, so a repetition is recognised. Events that the anonymous profile had applied before the merge are left out, since they are part
 * of it. When only a web key made the join, traits and consent are removed from the copies, and so is the anonymous id.
 */
export function forwarded({ events }: PersonBatch, { forwardTo: knownKey = '', appliedUpTo = '', byWeb }: Pick<Committed, 'forwardTo' | 'appliedUpTo' | 'byWeb'>, config: Config): { partitionKey: string; envelope: Envelope }[] {
  const userId = idIn(knownKey);
  return events.filter(({ sequenceNumber }) => comparableSequence(sequenceNumber) > appliedUpTo).map(({ envelope, event }) => ({
    partitionKey: userId,
    envelope: { ...envelope, messageHash: event.messageHash, event: { ...envelope.event, ...(byWeb && { traits: withoutIdentity(event.traits, config), anonymousId: null }), userId } },
  }));
}
