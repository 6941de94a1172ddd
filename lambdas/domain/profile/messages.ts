import type { Source } from '../../schemas/event.ts';

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
/** So many are remembered for as long as nothing newer comes: a phone may send again after days. */
export const longRemembered = 32;
/** An age is kept in a byte. */
const oldestMinutes = 255;

export const noMessages: Messages = { web: [], trusted: [] };

export const memoryOf = (source: Source): keyof Messages => (source === 'web' ? 'web' : 'trusted');

export const messageAt = (hash: string, enteredAtMs: number): Message => ({ hash, minute: Math.floor(enteredAtMs / 60_000) });

/** What of some messages, in the order of arrival, is worth remembering. Doing it now and then gives the same as doing it once. */
export function worthRemembering(messages: readonly Message[]): Message[] {
  const newest = messages.reduce((latest, { minute }) => Math.max(latest, minute), 0);
  const first = Math.max(0, messages.length - mostRemembered);
  const kept: Message[] = [];
  messages.forEach(({ hash, minute }, index) => {
    const isLate = index >= messages.length - longRemembered;
    if (index >= first && (isLate || minute > newest - rememberedMinutes)) kept.push({ hash, minute: Math.max(minute, newest - oldestMinutes) });
  });
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
