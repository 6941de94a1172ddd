import type { Comparison, PropertyFilter } from '../../schemas/rule.ts';
import { isMissing } from '../own.ts';
import { instantMs } from './instant.ts';

export type Properties = Record<string, unknown>;

/**
 * The value at a path such as `shipping.country`; own properties only. `products[].product_id` is the list of what the elements of a list have
 * there.
 */
export function valueAt(properties: Properties, path: string): unknown {
  const inList = path.indexOf('[]');
  if (inList >= 0) return valuesIn(valueAt(properties, path.slice(0, inList)), path.slice(inList + 2));
  let value: unknown = properties;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Properties)[key];
  }
  return value;
}

/** @param rest of the path behind `[]`: nothing, or a dot and more */
function valuesIn(list: unknown, rest: string): unknown[] | undefined {
  if (!Array.isArray(list)) return undefined;
  // Elements that are no objects have no properties.
  const found = (rest === '' ? list : list.flatMap((element) => valueAt(Object(element) as Properties, rest.slice(1)))).filter((value) => value !== undefined);
  return found.length > 0 ? found : undefined;
}

export function matches(filters: readonly PropertyFilter[] | undefined, properties: Properties): boolean {
  return filters === undefined || filters.every((filter) => compare(valueAt(properties, filter.property), filter));
}

/** Does a value satisfy every comparison given? A list satisfies each of them if one of its elements does, and `ne` if none is equal. */
export function compare(value: unknown, wanted: Comparison): boolean {
  if (wanted.exists !== undefined && isMissing(value) === wanted.exists) return false;
  if (wanted.eq !== undefined && !anyOf(value, isSame(wanted.eq))) return false;
  if (wanted.ne !== undefined && anyOf(value, isSame(wanted.ne))) return false;
  if (wanted.in !== undefined && !wanted.in.some((one) => anyOf(value, isSame(one)))) return false;
  if (wanted.contains !== undefined && !contains(value, wanted.contains)) return false;
  if (wanted.prefix !== undefined && !anyOf(value, (one) => typeof one === 'string' && one.startsWith(wanted.prefix as string))) return false;
  const { gt, gte, lt, lte, before, after } = wanted;
  if ((gt ?? gte ?? lt ?? lte) !== undefined && !anyOf(value, (one) => compareNumbers(one, wanted))) return false;
  return (before ?? after) === undefined || anyOf(value, (one) => compareTimes(one, wanted));
}

/**
 * Does a value say what the rule's author wrote? CSV has only text and some SDKs send ids as numbers, so 12345 is `'12345'` and `'12.50'` is 12.5.
 * A text is never less than its characters: `'01234'` is neither 1234 nor `'1234'`.
 */
function isSame(wanted: string | number | boolean): (value: unknown) => boolean {
  return (value) => {
    if (value === wanted) return true;
    if (typeof wanted === 'string') return typeof value === 'number' && String(value) === wanted;
    if (typeof value !== 'string') return false;
    return typeof wanted === 'number' ? toNumber(value) === wanted && !/^[+-]?0\d/.test(value) : value.toLowerCase() === String(wanted);
  };
}

const anyOf = (value: unknown, test: (one: unknown) => boolean): boolean => (Array.isArray(value) ? value.some(test) : test(value));

function contains(value: unknown, part: string): boolean {
  if (Array.isArray(value)) return value.includes(part);
  return typeof value === 'string' && value.includes(part);
}

function compareNumbers(value: unknown, { gt, gte, lt, lte }: Comparison): boolean {
  const number = toNumber(value);
  if (number === undefined) return false;
  return (gt === undefined || number > gt) && (gte === undefined || number >= gte) && (lt === undefined || number < lt) && (lte === undefined || number <= lte);
}

function compareTimes(value: unknown, { before, after }: Comparison): boolean {
  const atMs = timeOf(value);
  return (before === undefined || atMs < Date.parse(before)) && (after === undefined || atMs > Date.parse(after));
}

/** In seconds, a number this large is after the year 5000; in milliseconds, a smaller one is before March 1973. */
const leastMs = 1e11;

/** A time as seconds or milliseconds since 1970, as ISO 8601, or in another form that JavaScript reads. A text of few digits is a year. */
function timeOf(value: unknown): number {
  if (typeof value === 'string' && !/^\d{9,}$/.test(value)) return instantMs(value) ?? Date.parse(value);
  const epoch = toNumber(value) ?? NaN;
  return Math.abs(epoch) < leastMs ? epoch * 1000 : epoch;
}

/** Numbers come as strings from many tag managers; "12.50" counts, "12 EUR" does not. */
export function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
