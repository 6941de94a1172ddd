/**
 * What a record has under a name, and nothing that it inherits. Names of products, traits and events come from outside: one may be
 * `constructor`, under which every plain object answers.
 */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
