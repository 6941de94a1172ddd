/** Has an object no property of its own? Unlike `Object.keys`, it makes no list, which counts as it is asked for every event. */
export function isEmpty(record: object): boolean {
  for (const name in record) if (Object.hasOwn(record, name)) return false;
  return true;
}

/**
 * What a record has under a name, and nothing that it inherits. Names of products, traits and events come from outside: one may be
 * `constructor`, which every plain object inherits.
 */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Does a value say nothing? Clients send null and empty texts for what they do not have. */
export const isMissing = (value: unknown): boolean => value === undefined || value === null || value === '';
