import type { ReportData } from '../../schemas/report.ts';
import { knownLocale } from '../locale.ts';
import { formatMoney } from '../emails/money.ts';

/** Numbers and dates as the report writes them. Parts of nothing have no share, which is a dash. */
export interface Format {
  /** Separators, for axes that a plot labels itself. */
  separators: { decimal: string; thousands: string };
  count(value: number): string;
  /** With up to `digits` decimals, as many as needed. */
  decimal(value: number, digits?: number): string;
  /** With just so many decimals, for numbers that stand above each other. */
  fixed(value: number, digits?: number): string;
  /** A share of a whole: 0.123 is 12.3%. */
  percent(share: number, digits?: number): string;
  /** The same from two counts. */
  rate(part: number, whole: number): string;
  /** A difference of two shares in percentage points, with its sign. */
  points(difference: number): string;
  /** A relative change with its sign: 0.2 is +20%. */
  change(relative: number): string;
  /** In the currency of the report, unless another is named. */
  money(amount: number, currency?: string): string;
}

const dash = '–';

export function createFormat(data: Pick<ReportData, 'locale' | 'currency' | 'conversions'>): Format {
  const locale = knownLocale(data.locale);
  const named = data.conversions.revenue.map(({ currency }) => currency).filter((currency) => currency !== '');
  const currency = data.currency ?? (named.length === 1 ? named[0] : undefined);
  const number = (value: number, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options).format(value);
  const percent = (share: number, digits = 1) =>
    number(share, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits });
  const signed = (value: number, options: Intl.NumberFormatOptions) =>
    number(value, { ...options, signDisplay: 'exceptZero' }).replace('-', '−');
  return {
    separators: separatorsOf(locale),
    count: (value) => number(value, { maximumFractionDigits: 0 }),
    decimal: (value, digits = 1) => number(value, { maximumFractionDigits: digits }),
    fixed: (value, digits = 1) => number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    percent,
    rate: (part, whole) => (whole > 0 ? percent(part / whole) : dash),
    points: (difference) => signed(difference * 100, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    change: (relative) => signed(relative, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    money: (amount, other = currency) => formatMoney(amount, other, locale),
  };
}

function separatorsOf(locale: string): Format['separators'] {
  const parts = new Intl.NumberFormat(locale, { useGrouping: true }).formatToParts(1234567.8);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return { decimal: of('decimal'), thousands: of('group') };
}

/** @param day such as 2026-11-30; a month stands for its first day */
const dated = (day: string, parts: Intl.DateTimeFormatOptions): string => new Date(day).toLocaleDateString('en-GB', { ...parts, timeZone: 'UTC' });

/** @param month such as 2026-11, which is November 2026 */
export const monthTitle = (month: string): string => dated(month, { month: 'long', year: 'numeric' });

/** @param month such as 2026-11, which is November */
export const monthName = (month: string): string => dated(month, { month: 'long' });

/** Such as Nov 26, for the heads of columns. */
export const shortMonth = (month: string): string => dated(month, { month: 'short', year: '2-digit' });

/** Such as 15 November 2026. */
export const dayTitle = (day: string): string => dated(day, { day: 'numeric', month: 'long', year: 'numeric' });

/** Such as 15 Nov. */
export const shortDay = (day: string): string => dated(day, { day: 'numeric', month: 'short' });

/** Such as 1 December 2026, 05:00 UTC. */
export function instant(atMs: number): string {
  const text = new Date(atMs).toISOString();
  return `${dayTitle(text)}, ${text.slice(11, 16)} UTC`;
}

/** The name of something in the config as people read it: `engaged_browsers` is Engaged browsers. */
export function readable(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ').trim();
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Such as `a, b and c`. */
export const list = (words: readonly string[]): string => new Intl.ListFormat('en-GB').format(words);

/** One thing or several: `1 person`, `1,234 people`. */
export const counted = (format: Format, count: number, one: string, many: string): string =>
  `${format.count(count)} ${count === 1 ? one : many}`;
