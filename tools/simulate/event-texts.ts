import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import type { EventTable } from './event-table.ts';

/** Events as texts, so that threads can share them and so that they take less memory than objects do. One for each part of an input. */
export interface EventText {
  bytes: SharedArrayBuffer;
  /** How many events it holds. */
  count: number;
}

type Row = [name: string, userKey: string, anonymousKey: string | null, receivedAtMs: number, enteredAtMs: number, messageHash: string, source: DomainEvent['source'], properties: DomainEvent['properties'], traits: DomainEvent['traits']];

/** What of an event is in no column of the table. It is in its normal form, so that nobody has to read the call again. */
export function textOf({ name, userKey, anonymousKey, receivedAtMs, enteredAtMs, messageHash, source, properties, traits }: DomainEvent): string {
  return JSON.stringify([name, userKey, anonymousKey ?? null, receivedAtMs, enteredAtMs, messageHash, source, properties, traits] satisfies Row);
}

/** Reads the events of all parts of an input by their places in the table. */
export class EventTexts {
  readonly #table: EventTable;
  readonly #parts: readonly { buffer: Buffer; end: number }[];

  constructor(table: EventTable, texts: readonly EventText[]) {
    this.#table = table;
    let end = 0;
    this.#parts = texts.map(({ bytes, count }) => ({ buffer: Buffer.from(bytes), end: (end += count) }));
  }

  at(place: number): DomainEvent {
    const { startByte, endByte, atMs } = this.#table;
    const { buffer } = this.#parts.find(({ end }) => place < end) as { buffer: Buffer };
    const [name, userKey, anonymousKey, receivedAtMs, enteredAtMs, messageHash, source, properties, traits] = JSON.parse(buffer.toString('utf8', startByte[place], endByte[place])) as Row;
    const event: DomainEvent = { name, userKey, atMs: atMs[place] as number, receivedAtMs, enteredAtMs, properties, traits, messageHash, source };
    if (anonymousKey !== null) event.anonymousKey = anonymousKey;
    return event;
  }
}
