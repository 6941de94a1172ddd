import { knownLocale } from '../locale.ts';

/**
 * An amount in the way of a locale, such as `€12.50`. Without a currency, or with one that is not a
 * currency code, it is a plain number with two decimals.
 */
export function formatMoney(amount: number, currency: string | undefined, locale: string): string {
  const known = currency !== undefined && /^[A-Za-z]{3}$/.test(currency);
  const style = known ? ({ style: 'currency', currency } as const) : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return new Intl.NumberFormat(knownLocale(locale), style).format(amount);
}

/** Price less `percent`, not yet rounded to the currency's smallest unit. */
export function discountedPrice(price: number, percent: number): number {
  // Twelve digits remove the rounding noise that makes 0.35 less 10 percent 0.31499999999999995, which rounds to 0.31.
  return Number(((price * (100 - percent)) / 100).toPrecision(12));
}
