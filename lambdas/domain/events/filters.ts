import type { Comparison, PropertyFilter } from '../../schemas/rule.ts';

export type Properties = Record<string, unknown>;

/** The value at a path such as `shipping.country`; own properties only. */
export function valueAt(properties: Properties, path: string): unknown {
  let value: unknown = properties;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Properties)[key];
  }
  return value;
}

export function matches(filters: readonly PropertyFilter[] | undefined, properties: Properties): boolean {
  return filters === undefined || filters.every((filter) => compare(valueAt(properties, filter.property), filter));
}

/** Does a value satisfy every comparison given? A list satisfies `eq`, `in` and `contains` if one of its elements does. */
export function compare(value: unknown, wanted: Comparison): boolean {
  if (wanted.exists !== undefined && (value !== undefined && value !== null && value !== '') !== wanted.exists) return false;
  if (wanted.eq !== undefined && !anyOf(value, isSame(wanted.eq))) return false;
  if (wanted.ne !== undefined && anyOf(value, isSame(wanted.ne))) return false;
  if (wanted.in !== undefined && !wanted.in.some((one) => anyOf(value, isSame(one)))) return false;
  if (wanted.contains !== undefined && !contains(value, wanted.contains)) return false;
  if (wanted.prefix !== undefined && !(typeof value === 'string' && value.startsWith(wanted.prefix))) return false;
  return compareNumbers(value, wanted) && compareTimes(value, wanted);
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
  if (gt === undefined && gte === undefined && lt === undefined && lte === undefined) return true;
  const number = toNumber(value);
  if (number === undefined) return false;
  return (gt === undefined || number > gt) && (gte === undefined || number >= gte) && (lt === undefined || number < lt) && (lte === undefined || number <= lte);
}

function compareTimes(value: unknown, { before, after }: Comparison): boolean {
  if (before === undefined && after === undefined) return true;
  const atMs = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isNaN(atMs)) return false;
  return (before === undefined || atMs < Date.parse(before)) && (after === undefined || atMs > Date.parse(after));
}

/** Numbers come as strings from many tag managers; "12.50" counts, "12 EUR" does not. */
export function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
