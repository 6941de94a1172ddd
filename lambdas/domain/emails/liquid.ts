import { Liquid } from 'liquidjs';
import type { EmailData, EmailItem } from '../../schemas/email.ts';
import { formatMoment } from './moment.ts';
import { discountedPrice, formatMoney } from './money.ts';

/** `raw` would let a template skip the escaping; the others read the clock or a random source. */
const forbiddenFilters = ['raw', 'date', 'date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string', 'sample'];

type Filter = Extract<Parameters<Liquid['registerFilter']>[1], (...values: never[]) => unknown>;

const dataOf = (filter: ThisParameterType<Filter>): EmailData => filter.context.environments as EmailData;

const filters: Record<string, Filter> = {
  /** `{{ item | money }}`, its price; `{{ item | money: discount.percent }}`, its price less so many percent. */
  money({ price, currency }: EmailItem, percentOff = 0) {
    if (price === undefined) throw new Error('an item without a price has no money to show');
    return formatMoney(discountedPrice(price, percentOff), currency, dataOf(this).locale);
  },
  /** `{{ discount.expiresAtMs | moment }}` */
  moment(atMs: number) {
    return formatMoment(atMs, dataOf(this).locale, dataOf(this).timeZone);
  },
  /** `{{ review.stars | stars }}`, five characters */
  stars(count: number) {
    const full = Math.min(5, Math.max(0, Math.round(count)));
    return '★'.repeat(full) + '☆'.repeat(5 - full);
  },
  /** `{{ item.title | clip: 60 }}`: at most so many characters, the last an ellipsis if something was cut. */
  clip(text: string, length: number) {
    const characters = Array.from(text);
    if (characters.length <= length) return text;
    const kept = characters.slice(0, length - 1).join('');
    return `${kept.trimEnd()}…`;
  },
};

/**
 * A Liquid engine for emails. It knows no files, no clock and no prototypes, stops when a template grows out of bounds, and
 * throws for an unknown filter or variable instead of printing nothing; `{% if %}` may test for a missing variable.
 */
export function createLiquid(output: 'html' | 'plain', renderLimitMs = 1_000): Liquid {
  const liquid = new Liquid({
    ...(output === 'html' ? { outputEscape: 'escape' as const } : {}),
    templates: {},
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    lenientIf: true,
    parseLimit: 500_000,
    renderLimit: renderLimitMs,
    memoryLimit: 5_000_000,
  });
  for (const name of forbiddenFilters) liquid.unregisterFilter(name);
  for (const [name, filter] of Object.entries(filters)) liquid.registerFilter(name, filter);
  return liquid;
}
