import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import { isEmpty } from '../../lambdas/domain/own.ts';
import { EventTable, noNumber, type EventRow, type TableMemory } from './event-table.ts';
import { SharedText } from './input.ts';

/** Events of a part of an input, in their normal form, so that nobody has to read a call again; threads share most of it. */
export interface EventPart {
  table: TableMemory;
  /** Texts of the events that have one of their own. */
  bytes: SharedArrayBuffer;
  /** Texts that many events have, by the numbers that the table has for them. */
  commonTexts: readonly string[];
}

/** The events of an input. An event's place counts from the first event of the first part. */
export interface Events {
  parts: readonly EventPart[];
  /** By the numbers that the tables have for them. */
  keys: readonly string[];
  names: readonly string[];
}

/** What of an event is in no column of the table. Few events have traits. */
type Rest = [properties: DomainEvent['properties'], traits?: DomainEvent['traits']];

const mostCommonTexts = 8192;

/**
 * Keeps events as texts, which take less memory than objects do. A shop has so many products and pages, and their events have much the same
 * to say of them: the texts that come first are kept as common ones, each of which is written and parsed once for all of its events.
 */
export class EventTexts {
  readonly #own: SharedText;
  readonly #common = new Map<string, number>();
  readonly #mostCommon: number;

  /** @param bytes to make room for */
  constructor(bytes: number, mostCommon = mostCommonTexts) {
    this.#own = new SharedText(bytes);
    this.#mostCommon = mostCommon;
  }

  add({ properties, traits }: Pick<DomainEvent, 'properties' | 'traits'>): Pick<EventRow, 'text' | 'textLength'> {
    const rest: Rest = isEmpty(traits) ? [properties] : [properties, traits];
    const text = JSON.stringify(rest);
    const number = this.#common.get(text);
    if (number !== undefined) return { text: number, textLength: 0 };
    const { size } = this.#common;
    if (size < this.#mostCommon) {
      this.#common.set(text, size);
      return { text: size, textLength: 0 };
    }
    const startByte = this.#own.length;
    this.#own.write(text);
    return { text: startByte, textLength: this.#own.length - startByte };
  }

  get kept(): Pick<EventPart, 'bytes' | 'commonTexts'> {
    return { bytes: this.#own.memory, commonTexts: [...this.#common.keys()] };
  }
}

/** Reads events by their places. */
export class EventReader {
  readonly #parts: readonly PartReader[];
  readonly #keys: readonly string[];
  readonly #names: readonly string[];

  constructor({ parts, keys, names }: Events) {
    let firstPlace = 0;
    this.#parts = parts.map((part) => {
      const reader = new PartReader(part, firstPlace);
      firstPlace = reader.endPlace;
      return reader;
    });
    this.#keys = keys;
    this.#names = names;
  }

  /** In the order of the places. */
  at(places: Uint32Array): DomainEvent[] {
    // To parse one text of all is faster than to parse one after the other.
    let texts = '';
    for (const place of places) {
      const text = this.#partOf(place).ownText(place);
      if (text !== undefined) texts += (texts === '' ? '[' : ',') + text;
    }
    const own = texts === '' ? [] : (JSON.parse(`${texts}]`) as Rest[]);
    let ownRead = 0;
    const events: DomainEvent[] = [];
    for (const place of places) {
      const part = this.#partOf(place);
      const row = part.rowAt(place);
      events.push(this.#event(row, row.textLength === 0 ? part.commonText(row.text) : (own[ownRead++] as Rest)));
    }
    return events;
  }

  atMs(place: number): number {
    return this.#partOf(place).atMs(place);
  }

  #partOf(place: number): PartReader {
    return this.#parts.find(({ endPlace }) => place < endPlace) as PartReader;
  }

  #event({ name, key, linkedKey, atMs, receivedAtMs, enteredAtMs, messageHash, source }: EventRow, [properties, traits = {}]: Rest): DomainEvent {
    const event: DomainEvent = { name: this.#names[name] as string, userKey: this.#keys[key] as string, atMs, receivedAtMs, enteredAtMs, properties, traits, messageHash, source };
    if (linkedKey !== noNumber) event.anonymousKey = this.#keys[linkedKey] as string;
    return event;
  }
}

class PartReader {
  /** Exclusive. */
  readonly endPlace: number;
  readonly #firstPlace: number;
  readonly #table: EventTable;
  readonly #own: Buffer;
  readonly #commonTexts: readonly string[];
  readonly #common: Rest[] = [];

  constructor({ table, bytes, commonTexts }: EventPart, firstPlace: number) {
    this.#firstPlace = firstPlace;
    this.endPlace = firstPlace + table.count;
    this.#table = new EventTable(table);
    this.#own = Buffer.from(bytes);
    this.#commonTexts = commonTexts;
  }

  atMs(place: number): number {
    return this.#table.atMs(place - this.#firstPlace);
  }

  rowAt(place: number): EventRow {
    return this.#table.at(place - this.#firstPlace);
  }

  ownText(place: number): string | undefined {
    const row = place - this.#firstPlace;
    const length = this.#table.textLength(row);
    if (length === 0) return undefined;
    const startByte = this.#table.text(row);
    return this.#own.toString('utf8', startByte, startByte + length);
  }

  /** Events share it: nobody changes what an event says. */
  commonText(number: number): Rest {
    return (this.#common[number] ??= JSON.parse(this.#commonTexts[number] as string) as Rest);
  }
}
