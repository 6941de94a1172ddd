import { isMissing } from '../own.ts';
import type { Properties } from './filters.ts';

/** What the config names itself: `products.viewed`, `products.added` and so on. */
export type Role = 'viewed' | 'added' | 'removed' | 'bought';

export type Meaning = { role: Role } | { name: string };

/** Another vocabulary for what happens in a shop. */
export interface Preset {
  /** Its event names in lower case, with what they mean: a role, or a name that all presets share. */
  names: ReadonlyMap<string, Meaning>;
  /** Its properties under Segue's names; `products` in any number. Properties without such a name keep their own. */
  read(properties: Properties): Properties;
}

export const isObject = (value: unknown): value is Properties => typeof value === 'object' && value !== null && !Array.isArray(value);
export const objectsIn = (value: unknown): Properties[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Leaves out what is missing, so that it hides nothing that is there. */
export const present = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => !isMissing(value)));

/** Maps the event names of a vocabulary to their meanings, whatever their case. */
export const namesOf = (roles: Record<Role, readonly string[]>, others: Record<string, readonly string[]>): Preset['names'] =>
  new Map<string, Meaning>([
    ...Object.entries(roles).flatMap(([role, names]) => names.map((name) => [name.toLowerCase(), { role: role as Role }] as const)),
    ...Object.entries(others).flatMap(([name, names]) => names.map((one) => [one.toLowerCase(), { name }] as const)),
  ]);
