import { knownLocale } from './locale.ts';

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
  // Twelve digits drop the binary noise that would turn 12.325 into 12.32 when it is rounded for display.
  return Number(((price * (100 - percent)) / 100).toPrecision(12));
}
