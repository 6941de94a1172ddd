import type { PastEvent } from './events.ts';

/**
 * The past events of everybody. A known person and all devices that events link to them share one history; histories have
 * nothing to do with each other. They grow while the stream is read on, and two become one when somebody is identified.
 */
export class Histories {
  readonly #histories = new Map<string, History>();
  #size = 0;

  /** Distinct events. */
  get size(): number {
    return this.#size;
  }

  add(past: PastEvent): void {
    const { userKey, anonymousKey } = past.event;
    let history = this.of(userKey);
    if (anonymousKey !== undefined) history = this.#join(history, this.of(anonymousKey));
    if (history.add(past)) this.#size += 1;
  }

  /** The history that a key belongs to. */
  of(userKey: string): History {
    let history = this.#histories.get(userKey);
    if (history === undefined) {
      history = new History([userKey]);
      this.#histories.set(userKey, history);
    }
    return history;
  }

  has(userKey: string): boolean {
    return this.#histories.has(userKey);
  }

  all(): History[] {
    return [...new Set(this.#histories.values())];
  }

  #join(a: History, b: History): History {
    if (a === b) return a;
    const [small, large] = a.keys.length < b.keys.length ? [a, b] : [b, a];
    large.take(small);
    for (const key of small.keys) this.#histories.set(key, large);
    return large;
  }
}

export class History {
  /** Keys of the profiles that are concerned, known and anonymous. */
  readonly keys: string[];
  /** By person and identity, so that a copy counts once. */
  readonly #events = new Map<string, PastEvent>();

  constructor(keys: string[]) {
    this.keys = keys;
  }

  get events(): PastEvent[] {
    return [...this.#events.values()];
  }

  /** @returns false for a copy of an event that is here already */
  add(past: PastEvent): boolean {
    const id = `${past.event.userKey}|${past.identity}`;
    const known = this.#events.get(id);
    this.#events.set(id, known === undefined ? past : firstOf(known, past));
    return known === undefined;
  }

  take(other: History): void {
    this.keys.push(...other.keys);
    for (const [id, past] of other.#events) this.#events.set(id, past);
  }
}

/**
 * The copy that counted: the first one in the stream. The archive does not tell places, so a copy from there takes the place
 * of its twin in the stream, unless it was received before it: then it is an earlier one of a message that the client sent again.
 */
function firstOf(a: PastEvent, b: PastEvent): PastEvent {
  const [early, late] = a.event.receivedAtMs <= b.event.receivedAtMs ? [a, b] : [b, a];
  if (early.event.receivedAtMs < late.event.receivedAtMs) return early;
  if (a.sequence === undefined || b.sequence === undefined) return a.sequence === undefined ? b : a;
  return a.sequence <= b.sequence ? a : b;
}
