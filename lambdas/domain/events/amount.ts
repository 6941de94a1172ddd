import { isMissing } from '../own.ts';
import { storableNumber } from '../storable.ts';

/** A number with what stands around one in a price: a currency's sign or its code, and blanks. */
const form = /^(?<sign>-?)\s*(?:[A-Z]{3}|\p{Sc})?\s*(?<inner>-?)(?<digits>\d[\d.,]*)\s*(?:[A-Z]{3}|\p{Sc})?$/iu;

/**
 * A number that is stored or summed, such as an amount of money. Texts are read as shops write them: `12.50`, `19,50`, `$19.50`, `1,000.00`,
 * `1.299,00 EUR`.
 * @returns undefined for what is no amount, could be read in two ways, or is absurdly large
 */
export function toAmount(value: unknown): number | undefined {
  const number = typeof value === 'string' ? readAmount(value) : value;
  return typeof number === 'number' && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? storableNumber(number) : undefined;
}

/** Is there something where an amount is expected that cannot be read as one? It must not be dropped without a word. */
export const isUnreadable = (value: unknown): boolean => !isMissing(value) && toAmount(value) === undefined;

function readAmount(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const plain = Number(trimmed);
  if (!Number.isNaN(plain)) return plain;
  const { sign = '', inner = '', digits } = form.exec(trimmed)?.groups ?? {};
  const number = digits === undefined ? undefined : plainNumber(digits);
  return number === undefined ? undefined : Number(number) * (sign === '-' || inner === '-' ? -1 : 1);
}

/** With a point for decimals and no groups; undefined where it could be read in two ways. */
export function plainNumber(digits: string): string | undefined {
  if (/^\d+(\.\d+)?$/.test(digits)) return digits;
  if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(digits)) return digits.replaceAll(',', '');
  if (/^\d+,\d{1,2}$/.test(digits)) return digits.replace(',', '.');
  return /^\d{1,3}(\.\d{3})+,\d{1,2}$/.test(digits) ? digits.replaceAll('.', '').replace(',', '.') : undefined;
}

/** Millionths: more than any currency has, and few enough to be exact up to nine billion. */
const parts = 1e6;

/**
 * The sum of two amounts to a millionth: ten times 9.99 and 0.10 are 100, in any order, though binary fractions have neither. Beyond nine billion
 * it is a float's sum.
 */
export const sumOf = (a: number, b: number): number => exactly(a + b);

/** The nearest millionth. */
export function exactly(amount: number): number {
  const scaled = amount * parts;
  return Math.abs(scaled) <= Number.MAX_SAFE_INTEGER ? Math.round(scaled) / parts : storableNumber(amount);
}
