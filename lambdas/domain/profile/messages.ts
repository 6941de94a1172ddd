import type { Source } from '../../schemas/event.ts';
import type { DomainEvent } from '../events/event.ts';

/** A message that a profile remembers, so that it does not count again. */
export interface Message {
  hash: string;
  /** When it came into the stream, in whole minutes since 1970. */
  minute: number;
}

/**
 * What is remembered, in the order of arrival. Public keys have a memory of their own: whoever sends with one can neither use
 * up the message id of a server's event, nor push what the server sent out of the memory.
 */
export interface Messages {
  web: readonly Message[];
  trusted: readonly Message[];
}

/** Everything that came within an hour is remembered, so that a request of 500 events can be sent again whole or in part. */
const rememberedMinutes = 61;
const mostRemembered = 1000;
/** So many are remembered until newer ones replace them, since a phone may send again after days. */
export const longRemembered = 32;
/** An age is kept in a byte. */
const oldestMinutes = 255;

export const noMessages: Messages = { web: [], trusted: [] };

export const memoryOf = (source: Source): keyof Messages => (source === 'web' ? 'web' : 'trusted');

export const messageAt = (hash: string, enteredAtMs: number): Message => ({ hash, minute: Math.floor(enteredAtMs / 60_000) });

/** The messages of a profile while events are folded into it. */
export class Memory {
  readonly #before: Messages;
  readonly #added: Record<keyof Messages, Message[]> = { web: [], trusted: [] };
  readonly #known: Partial<Record<keyof Messages, Set<string>>> = {};
  #lookups = 0;

  constructor(before: Messages) {
    this.#before = before;
  }

  /** @returns false for a message that was applied before; from now on this one is known */
  isNew({ source, messageHash, enteredAtMs }: Pick<DomainEvent, 'source' | 'messageHash' | 'enteredAtMs'>): boolean {
    const of = memoryOf(source);
    if (this.#knows(of, messageHash)) return false;
    this.#known[of]?.add(messageHash);
    this.#added[of].push(messageAt(messageHash, enteredAtMs));
    return true;
  }

  get messages(): Messages {
    const after = (of: keyof Messages) => (this.#added[of].length === 0 ? this.#before[of] : worthRemembering([...this.#before[of], ...this.#added[of]]));
    return { web: after('web'), trusted: after('trusted') };
  }

  #knows(of: keyof Messages, hash: string): boolean {
    this.#lookups += 1;
    // Searching the list a few times is faster than building a set.
    const known = this.#known[of];
    if (known === undefined && this.#lookups <= 4) return has(this.#before[of], hash) || has(this.#added[of], hash);
    return (known ?? (this.#known[of] = new Set([...this.#before[of], ...this.#added[of]].map((message) => message.hash)))).has(hash);
  }
}

function has(messages: readonly Message[], hash: string): boolean {
  for (const message of messages) if (message.hash === hash) return true;
  return false;
}

/** Drops messages that need not be remembered; in the order of arrival. Doing it repeatedly gives the same as doing it once at the end. */
export function worthRemembering(messages: readonly Message[]): Message[] {
  let newest = 0;
  for (const { minute } of messages) if (minute > newest) newest = minute;
  const first = Math.max(0, messages.length - mostRemembered);
  const firstLate = messages.length - longRemembered;
  const oldest = newest - oldestMinutes;
  const kept: Message[] = [];
  for (let index = first; index < messages.length; index += 1) {
    const message = messages[index] as Message;
    if (index < firstLate && message.minute <= newest - rememberedMinutes) continue;
    kept.push(message.minute < oldest ? { hash: message.hash, minute: oldest } : message);
  }
  return kept;
}

/** The memory of two histories together. */
export function mergeMessages(a: Messages, b: Messages): Messages {
  const merged = (of: keyof Messages) => {
    const known = new Set(b[of].map(({ hash }) => hash));
    const all = [...a[of].filter(({ hash }) => !known.has(hash)), ...b[of]];
    return worthRemembering(all.sort((one, other) => one.minute - other.minute));
  };
  return { web: merged('web'), trusted: merged('trusted') };
}
