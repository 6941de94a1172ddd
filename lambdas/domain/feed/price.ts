import { plainNumber, toAmount } from '../events/amount.ts';

export interface Price {
  price: number;
  /** ISO 4217. */
  currency: string;
}

/** `15.00 USD`, as Google's specification has it; also `15,00 EUR`, `1,299.00 USD` and `USD 15.00`, which real feeds contain. */
const forms = /^(?:(?<amount>[\d.,]+)\s*(?<currency>[A-Za-z]{3})|(?<currencyFirst>[A-Za-z]{3})\s*(?<amountAfter>[\d.,]+))$/;

/** @returns undefined when the text is no price with a currency */
export function toPrice(text: string): Price | undefined {
  const { amount, currency, currencyFirst, amountAfter } = forms.exec(text.trim())?.groups ?? {};
  const digits = amount ?? amountAfter;
  const price = digits === undefined ? undefined : toAmount(plainNumber(digits));
  return price === undefined ? undefined : { price, currency: (currency ?? currencyFirst ?? '').toUpperCase() };
}

/** `2026-11-24T11:07+0100/2026-11-29T23:07+0100`; both ends in milliseconds. @returns undefined when the text is no such range */
export function toRange(text: string): [fromMs: number, untilMs: number] | undefined {
  const times = text.trim().split(/\s*\/\s*/).map((time) => Date.parse(time.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')));
  const [fromMs = NaN, untilMs = NaN] = times;
  return times.length === 2 && fromMs <= untilMs ? [fromMs, untilMs] : undefined;
}
