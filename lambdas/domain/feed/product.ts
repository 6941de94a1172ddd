import { cutText } from '../storable.ts';
import type { Properties } from '../events/filters.ts';
import { productIdOf } from '../profile/content.ts';
import { toPrice, toRange, type Price } from './price.ts';
import type { FeedRecord } from './record.ts';

/** A product as the catalogue keeps it. */
export interface FeedProduct {
  id: string;
  /** As `product_updated` would describe it. */
  details: Properties & { title: string; available: boolean };
  /** Variants of one product share it. */
  groupId?: string;
  /** When the feed's own sale begins or ends, if that is still to come. */
  changesAtMs?: number;
}

/** Why an item is left out; with its id where that is known, so that what is known of the product stays. */
export interface RejectedItem {
  id?: string;
  problem: string;
}

const maxTitleLength = 300;
const maxLinkLength = 2_000;
const available: Readonly<Record<string, boolean>> = { in_stock: true, preorder: true, backorder: true, out_of_stock: false };

/**
 * What the catalogue keeps of an item. A sale price counts while it is effective.
 * @returns a problem for an item that an email could not show as the shop meant it
 */
export function toFeedProduct({ fields, problem }: FeedRecord, nowMs: number): FeedProduct | RejectedItem {
  const id = productIdOf({ id: fields.id?.trim() });
  const reject = (reason: string): RejectedItem => ({ ...(id !== undefined && { id }), problem: reason });
  if (problem !== undefined) return reject(problem);
  if (id === undefined) return reject(fields.id === undefined ? 'no id' : `id ${quoted(fields.id)}: must have 1 to 200 characters`);
  const title = oneLine(fields.title ?? '');
  if (title === '') return reject('no title');
  const broken = (['id', 'title', 'author', 'link', 'image_link'] as const).find((name) => fields[name]?.includes('\ufffd'));
  if (broken !== undefined) return reject(`${broken} has bytes that are not in the file's encoding`);

  const stock = (fields.availability ?? 'in_stock').trim().toLowerCase().replaceAll(' ', '_');
  if (!Object.hasOwn(available, stock)) return reject(`availability ${quoted(fields.availability)}: must be in_stock, out_of_stock, preorder or backorder`);
  for (const name of ['link', 'image_link'] as const)
    if (fields[name] !== undefined && !isLink(fields[name].trim())) return reject(`${name} ${quoted(fields[name])}: must begin with http:// or https:// and have at most ${maxLinkLength} characters`);
  const price = priceAt(fields, nowMs);
  if ('problem' in price) return reject(price.problem);

  const groupId = productIdOf({ id: fields.item_group_id?.trim() });
  return {
    id,
    details: {
      title: cutText(title, maxTitleLength),
      ...(fields.author !== undefined && { author: cutText(oneLine(fields.author), maxTitleLength) }),
      ...(fields.link !== undefined && { url: fields.link.trim() }),
      ...(fields.image_link !== undefined && { image_url: fields.image_link.trim() }),
      ...price.price,
      available: available[stock] as boolean,
    },
    ...(groupId !== undefined && groupId !== id && { groupId }),
    ...(price.changesAtMs !== undefined && { changesAtMs: price.changesAtMs }),
  };
}

/** The price that holds at an instant, and when that changes. */
function priceAt({ price, sale_price: sale, sale_price_effective_date: range }: FeedRecord['fields'], nowMs: number): { price?: Price; changesAtMs?: number } | { problem: string } {
  const [usual, reduced, effective] = [price && toPrice(price), sale && toPrice(sale), range && toRange(range)];
  const wrong = (name: string, value: string | undefined, like: string) => ({ problem: `${name} ${quoted(value)}: must be like ${like}` });
  if (price !== undefined && !usual) return wrong('price', price, '15.00 USD');
  if (sale !== undefined && !reduced) return wrong('sale_price', sale, '15.00 USD');
  if (sale !== undefined && range !== undefined && !effective) return wrong('sale_price_effective_date', range, '2026-11-24T11:07+0100/2026-11-29T23:07+0100');
  if (!reduced) return usual ? { price: usual } : {};
  if (!effective) return { price: reduced };
  const [fromMs, untilMs] = effective;
  const changesAtMs = [fromMs, untilMs].find((atMs) => atMs > nowMs);
  const isOn = fromMs <= nowMs && nowMs < untilMs;
  const now = isOn ? reduced : usual;
  return { ...(now && { price: now }), ...(changesAtMs !== undefined && { changesAtMs }) };
}

const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();

function isLink(text: string): boolean {
  return /^https?:\/\//i.test(text) && text.length <= maxLinkLength && URL.canParse(text) && !/\s/.test(text);
}

const quoted = (value: string | undefined): string => JSON.stringify(value?.slice(0, 80));
