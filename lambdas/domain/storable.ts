/**
 * Bounds of what is stored. DynamoDB's client refuses numbers beyond 2^53, and DynamoDB those between 0 and 1e-130; both
 * refuse the whole write for one such number.
 */
const least = 1e-100;

/** A number as it is stored: what is next to nothing is 0, and what is beyond all sense is at the bound. */
export function storableNumber(value: number): number {
  if (Number.isNaN(value) || Math.abs(value) < least) return 0;
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, value));
}

/** The beginning of a text, of so many UTF-16 units at most. Half a character at the cut is none. */
export function cutText(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength) : text;
  return (text.length > maxLength && isHighSurrogate(cut.charCodeAt(maxLength - 1)) ? cut.slice(0, -1) : cut).toWellFormed();
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** Bytes of a value as JSON, which are about those that it takes in the database. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
