/** Has an object no property of its own? Without a list of them, which events with empty traits would be asked for again and again. */
export function isEmpty(record: object): boolean {
  for (const name in record) if (Object.hasOwn(record, name)) return false;
  return true;
}

/**
 * What a record has under a name, and nothing that it inherits. Names of products, traits and events come from outside: one may be
 * `constructor`, under which every plain object answers.
 */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
