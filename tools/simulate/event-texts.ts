import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import { isEmpty } from '../../lambdas/domain/own.ts';
import { sources, type Source } from '../../lambdas/schemas/event.ts';
import { noKey, type EventTable } from './event-table.ts';

/** Events as texts, so that threads can share them and so that they take less memory than objects do. One for each part of an input. */
export interface EventText {
  bytes: SharedArrayBuffer;
  /** How many events it holds. */
  count: number;
}

/** The events of an input, in their normal form, so that nobody has to read a call again. */
export interface Events {
  table: EventTable;
  texts: readonly EventText[];
  /** By the numbers that the table has for them. */
  keys: readonly string[];
  names: readonly string[];
}

/** What of an event is in no column of the table. Few events have traits. */
type Rest = [messageHash: string, properties: DomainEvent['properties'], traits?: DomainEvent['traits']];

export function textOf({ messageHash, properties, traits }: DomainEvent): string {
  const rest: Rest = isEmpty(traits) ? [messageHash, properties] : [messageHash, properties, traits];
  return JSON.stringify(rest);
}

/** Reads events by their places in the table. */
export class EventTexts {
  readonly #events: Events;
  readonly #parts: readonly { buffer: Buffer; end: number }[];

  constructor(events: Events) {
    this.#events = events;
    let end = 0;
    this.#parts = events.texts.map(({ bytes, count }) => ({ buffer: Buffer.from(bytes), end: (end += count) }));
  }

  /** In the order of their places. */
  at(places: Uint32Array): DomainEvent[] {
    // To parse one text of all is faster than to parse one after the other.
    let texts = '';
    for (const place of places) texts += (texts === '' ? '[' : ',') + this.#textAt(place);
    if (texts === '') return [];
    const events: DomainEvent[] = [];
    for (const rest of JSON.parse(`${texts}]`) as Rest[]) events.push(this.#event(places[events.length] as number, rest));
    return events;
  }

  #textAt(place: number): string {
    const { startByte, endByte } = this.#events.table;
    const { buffer } = this.#parts.find(({ end }) => place < end) as { buffer: Buffer };
    return buffer.toString('utf8', startByte[place], endByte[place]);
  }

  #event(place: number, [messageHash, properties, traits = {}]: Rest): DomainEvent {
    const { keys, names, table } = this.#events;
    const event: DomainEvent = {
      name: names[table.name[place] as number] as string,
      userKey: keys[table.key[place] as number] as string,
      atMs: table.atMs[place] as number,
      receivedAtMs: table.receivedAtMs[place] as number,
      enteredAtMs: table.enteredAtMs[place] as number,
      properties,
      traits,
      messageHash,
      source: sources[table.source[place] as number] as Source,
    };
    const linked = table.linkedKey[place] as number;
    if (linked !== noKey) event.anonymousKey = keys[linked] as string;
    return event;
  }
}
