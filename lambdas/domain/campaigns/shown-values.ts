import type { ShownValue } from '../../schemas/shown-value.ts';
import { safeUrl } from '../emails/utm.ts';
import { cutText } from '../storable.ts';
import { toNumber } from '../events/filters.ts';

export type Scalar = string | number | boolean;

/**
 * Declared values as an email shows them: what is missing, or of another type than declared, takes its default, and is left
 * out where there is none. Nothing that somebody sent can stop an email.
 * @param given by the names of the declaration
 * @param linkHosts hosts that a link may lead to
 */
export function shownValues(declared: Readonly<Record<string, ShownValue>>, given: Readonly<Record<string, unknown>>, linkHosts: readonly string[]): Record<string, Scalar> {
  return Object.fromEntries(
    Object.entries(declared).flatMap(([name, { type, default: fallback }]) => {
      const value = (Object.hasOwn(given, name) ? read(type, given[name], linkHosts) : undefined) ?? fallback;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function read(type: ShownValue['type'], value: unknown, linkHosts: readonly string[]): Scalar | undefined {
  switch (type) {
    case 'text': {
      const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? cutText(value.trim(), 300) : '';
      return text === '' ? undefined : text;
    }
    case 'number':
      return toNumber(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'url':
      return typeof value === 'string' ? safeUrl(value, linkHosts) : undefined;
  }
}
