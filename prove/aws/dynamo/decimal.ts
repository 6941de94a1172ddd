/** DynamoDB's numbers are decimals of 38 digits, which no float holds. Most are small whole numbers, which one does. */

interface Decimal {
  digits: bigint;
  /** digits * 10 ** exponent */
  exponent: number;
}

const isSmall = (text: string): boolean => text.length < 16 && /^-?\d+$/.test(text);

function read(text: string): Decimal {
  const [mantissa = '0', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

const aligned = (a: Decimal, b: Decimal): [bigint, bigint, number] => {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.digits * 10n ** BigInt(a.exponent - exponent), b.digits * 10n ** BigInt(b.exponent - exponent), exponent];
};

export function compareDecimals(a: string, b: string): number {
  if (a === b) return 0;
  if (isSmall(a) && isSmall(b)) return Math.sign(Number(a) - Number(b));
  const [x, y] = aligned(read(a), read(b));
  return x < y ? -1 : x > y ? 1 : 0;
}

export function addDecimals(a: string, b: string): string {
  if (isSmall(a) && isSmall(b)) return String(Number(a) + Number(b));
  const [x, y, exponent] = aligned(read(a), read(b));
  return written({ digits: x + y, exponent });
}

export const negated = (text: string): string => (text.startsWith('-') ? text.slice(1) : `-${text}`);

function written({ digits, exponent }: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString();
  if (exponent >= 0) return sign + text + '0'.repeat(exponent);
  const padded = text.padStart(1 - exponent, '0');
  const fraction = padded.slice(exponent).replace(/0+$/, '');
  return sign + padded.slice(0, exponent) + (fraction === '' ? '' : `.${fraction}`);
}

export function isStorableDecimal(text: string): boolean {
  if (isSmall(text)) return true;
  const { digits, exponent } = read(text);
  if (digits === 0n) return true;
  const significant = digits.toString().replace('-', '').replace(/0+$/, '').length;
  const magnitude = digits.toString().replace('-', '').length - 1 + exponent;
  return significant <= 38 && magnitude <= 125 && magnitude >= -130;
}
