import { orderLeadMs } from '../plan/campaigns.ts';
import { toAmount } from '../events/amount.ts';
import type { Properties } from '../events/filters.ts';
import type { Content, ProductRecord } from './content.ts';

/**
 * What lies in a cart. A line is a product, or one variant of it. Each line keeps its last changes with their times, from which the quantity
 * is computed each time, so the order and repetition of events make no difference.
 */
export type CartChange = [atMs: number, by: number, id: string];

/** Changes kept of one line, since it was last emptied. */
const keptChanges = 12;
const mostOfOne = 9999;
/** Stands between product and variant in the key of a line. No shop's id contains it. */
const separator = '\u001f';

/** The variant that an event names, which tells lines of one product apart: its id, else its name. */
export function lineKey(productId: string, { variant_id: id, variant }: Properties): string {
  const name = [id, variant].find((one) => (typeof one === 'string' && one.trim() !== '') || typeof one === 'number');
  return name === undefined ? productId : `${productId}${separator}${String(name).slice(0, 100)}`;
}

export const productOf = (line: string): string => line.split(separator)[0] as string;
const isOfVariant = (line: string): boolean => line.includes(separator);

/** The quantity of an event; undefined when it has none that is a number. */
function quantityIn({ quantity }: Properties): number | undefined {
  const amount = toAmount(quantity);
  return amount === undefined ? undefined : Math.min(mostOfOne, Math.max(0, amount));
}

/** The change by adding to the cart: one, unless the event has a quantity. A quantity of 0 changes nothing. */
export function added(product: Properties, atMs: number, messageHash: string): Partial<ProductRecord> {
  const quantity = quantityIn(product) ?? 1;
  return quantity === 0 ? {} : { addedAtMs: atMs, changes: [[atMs, quantity, messageHash]] };
}

/** The change by removing from the cart: all of it, unless the event has a quantity. */
export function removed(product: Properties, atMs: number, messageHash: string): Partial<ProductRecord> {
  const quantity = quantityIn(product);
  if (quantity === undefined) return { removedAtMs: atMs };
  return quantity === 0 ? {} : { changes: [[atMs, -quantity, messageHash]] };
}

/** Changes of two histories of a line; commutative, associative and idempotent. */
export function mergeChanges(a: readonly CartChange[] = [], b: readonly CartChange[] = []): CartChange[] {
  const distinct = new Map([...a, ...b].map((change) => [`${change[0]}#${change[2]}#${change[1]}`, change]));
  return [...distinct.values()].sort(([atA, byA, idA], [atB, byB, idB]) => atA - atB || (idA === idB ? byA - byB : idA < idB ? -1 : 1)).slice(-keptChanges);
}

/** Below zero when more was taken out than there was. */
function quantityOf({ addedAtMs, changes }: ProductRecord, afterMs: number): number {
  // Records from before quantities were kept.
  if (changes === undefined) return (addedAtMs ?? 0) > afterMs ? 1 : 0;
  const later = changes.filter(([atMs]) => atMs > afterMs);
  if (later.every(([, by]) => by < 0)) return later.reduce((sum, [, by]) => sum + by, 0);
  return later.reduce((sum, [, by]) => Math.max(0, sum + by), 0);
}

export interface CartLine {
  productId: string;
  quantity: number;
  record: ProductRecord;
}

/** The products in the cart, newest first, with the quantities of all their variants. */
export function cartLines(content: Content): CartLine[] {
  const lines = Object.entries(content.products);
  const products = Map.groupBy(lines, ([line]) => productOf(line));
  const isOrderOfProducts = lines.some(([, { boughtAtMs }]) => boughtAtMs !== undefined && boughtAtMs === content.lastBoughtAtMs);
  return [...products].flatMap(([productId, own]) => {
    const orderedAtMs = isOrderOfProducts ? Math.max(...own.map(([, { boughtAtMs }]) => boughtAtMs ?? -Infinity)) : (content.lastBoughtAtMs ?? -Infinity);
    const emptiedAtMs = Math.max(content.lastBoughtAtMs ?? 0, orderedAtMs + orderLeadMs, content.products[productId]?.removedAtMs ?? 0);
    const quantities = own.map(([line, record]) => ({ line, record, quantity: quantityOf(record, Math.max(emptiedAtMs, record.removedAtMs ?? 0)) }));
    const inCart = quantities.filter(({ quantity }) => quantity > 0).reduce((sum, { quantity }) => sum + quantity, 0);
    // Removed under a variant that was never added, so it must have been one of the others.
    const quantity = inCart + quantities.filter(({ quantity: below }) => below < 0).reduce((sum, { quantity: below }) => sum + below, 0);
    const newest = quantities.toSorted((a, b) => (b.record.addedAtMs ?? 0) - (a.record.addedAtMs ?? 0)).find((one) => one.quantity > 0);
    return quantity > 0 && newest !== undefined ? [{ productId, quantity, record: newest.record }] : [];
  }).sort((a, b) => (b.record.addedAtMs ?? 0) - (a.record.addedAtMs ?? 0));
}

/** When the product was last bought, in any variant. */
export function lastBoughtAtMs({ products }: Pick<Content, 'products'>, productId: string): number {
  let atMs = -Infinity;
  for (const [line, { boughtAtMs }] of Object.entries(products)) if (boughtAtMs !== undefined && (line === productId || (isOfVariant(line) && productOf(line) === productId))) atMs = Math.max(atMs, boughtAtMs);
  return atMs;
}
