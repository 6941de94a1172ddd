/**
 * Bounds of what is stored. DynamoDB's client refuses numbers beyond 2^53, and DynamoDB those between 0 and 1e-130; both
 * refuse the whole write for one such number.
 */
export const leastStored = 1e-100;

/** A number as it is stored: one that is too close to 0 becomes 0, and one that is too large becomes the largest that is stored. */
export function storableNumber(value: number): number {
  if (Number.isNaN(value) || Math.abs(value) < leastStored) return 0;
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, value));
}

/** The beginning of a text, of so many UTF-16 units at most. A surrogate pair at the cut is dropped whole. */
export function cutText(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength) : text;
  return (text.length > maxLength && isHighSurrogate(cut.charCodeAt(maxLength - 1)) ? cut.slice(0, -1) : cut).toWellFormed();
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** Bytes of a value as JSON, which are about those that it takes in the database. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

/** No fewer bytes than {@link jsonBytes}, found without writing the JSON: most values are far below a bound. */
export function mostJsonBytes(value: unknown): number {
  // A unit takes three bytes at most, or six where JSON escapes it.
  if (typeof value === 'string') return 6 * value.length + 2;
  if (typeof value !== 'object' || value === null) return longestNumber;
  let bytes = 2;
  if (Array.isArray(value)) for (const one of value) bytes += mostJsonBytes(one) + 1;
  else for (const name in value) bytes += 6 * name.length + 4 + mostJsonBytes((value as Record<string, unknown>)[name]);
  return bytes;
}

/** `-1.7976931348623157e+308` has 24 characters; a BigInt is in no JSON. */
const longestNumber = 24;
