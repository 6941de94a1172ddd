import { anonymousKey, idIn, knownKey } from '../../lambdas/domain/events/event.ts';

/** By what a person is recognised wherever something of them lies. */
export interface Marks {
  /** Of all profiles that are or became one person's. */
  keys: string[];
  addresses: string[];
  /** Ids of their emails, of their workflows, and of what hangs on these. */
  sendIds: string[];
  executionNames: string[];
}

export function mergedMarks(all: readonly Marks[]): Marks {
  const unique = (name: keyof Marks) => [...new Set(all.flatMap((marks) => marks[name]))];
  return { keys: unique('keys'), addresses: unique('addresses'), sendIds: unique('sendIds'), executionNames: unique('executionNames') };
}

export const normalAddress = (address: string): string => address.trim().toLowerCase();

/**
 * Is an archived record the person's? A record that names them by an id or by the address that it gives to itself; not one of somebody else
 * that only mentions them.
 */
export function isRecordOf(text: string, { keys, addresses }: Marks): boolean {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // What cannot be read is theirs when it holds their id as a whole value.
    return keys.some((key) => text.includes(JSON.stringify(idIn(key)))) || addresses.some((address) => text.toLowerCase().includes(address));
  }
  const event = objectIn(objectIn(json).event);
  const given = (name: string) => {
    const value = event[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const [userId, anonymousId, previousId] = ['userId', 'anonymousId', 'previousId'].map(given);
  const named = [
    ...(userId === undefined ? [] : [knownKey(userId)]),
    ...(anonymousId === undefined ? [] : [anonymousKey(anonymousId)]),
    ...(previousId === undefined ? [] : [knownKey(previousId), anonymousKey(previousId)]),
  ];
  if (named.some((key) => keys.includes(key))) return true;
  const emails = [objectIn(event.traits).email, objectIn(objectIn(event.context).traits).email];
  return emails.some((email) => typeof email === 'string' && addresses.includes(normalAddress(email)));
}

/** Does an item of a table name the person, in its key or in any value? A value may go on behind a `#`. */
export function isItemOf(item: unknown, { keys, sendIds, executionNames }: Marks): boolean {
  const marks = [...keys, ...sendIds, ...executionNames];
  return textsIn(item).some((text) => marks.some((mark) => text === mark || text.startsWith(`${mark}#`)));
}

/** The partition key of a record in the stream is the id alone. */
export const isPartitionOf = (partitionKey: string, { keys }: Marks): boolean => keys.some((key) => idIn(key) === partitionKey);

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Set || Array.isArray(value)) return [...(value as Iterable<unknown>)].flatMap(textsIn);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

const objectIn = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
