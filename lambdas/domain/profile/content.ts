import type { Config } from '../../schemas/config.ts';
import type { DomainEvent } from '../events/event.ts';
import { toNumber, type Properties } from '../events/filters.ts';
import { entriesOf, startsWithProperties } from './entries.ts';

/** A value and when it was true; the newest wins. */
export interface Dated {
  value: unknown;
  atMs: number;
}

/** What is known of a product and what the person did with it. */
export interface ProductRecord {
  details: Dated & { value: Properties };
  addedAtMs?: number;
  removedAtMs?: number;
  boughtAtMs?: number;
}

/** What emails are filled from: the second item of a profile, written only when it changes. */
export interface Content {
  version: number;
  traits: Record<string, Dated>;
  products: Record<string, ProductRecord>;
  lastBoughtAtMs?: number;
  /** Declared properties of the events that started campaigns, by {@link entryId}. */
  entries?: Record<string, Dated & { value: Properties }>;
}

export const emptyContent = (): Content => ({ version: 0, traits: {}, products: {} });

const maxProducts = 20;
const maxTraits = 50;
const maxEntries = 10;
const detailNames = ['name', 'title', 'author', 'price', 'currency', 'url', 'image_url', 'quantity'] as const;

type ProductDate = 'addedAtMs' | 'removedAtMs' | 'boughtAtMs';

/** Does the event carry anything for the content item? If not, the item need not even be read. */
export function carriesContent(event: DomainEvent, config: Config): boolean {
  return Object.keys(event.traits).length > 0 || dateFor(event.name, config) !== undefined || startsWithProperties(event, config);
}

function dateFor(name: string, { products }: Config): ProductDate | undefined {
  if (name === products?.added) return 'addedAtMs';
  if (name === products?.removed) return 'removedAtMs';
  if (name === products?.bought) return 'boughtAtMs';
  return undefined;
}

/** The content after an event. Applying the same event again, or in another order, changes nothing. */
export function withEvent(content: Content, event: DomainEvent, config: Config): Content {
  return mergeContent(content, contentOf(event, config));
}

function contentOf(event: DomainEvent, config: Config): Content {
  const content = emptyContent();
  for (const [name, value] of Object.entries(event.traits)) content.traits[name] = { value, atMs: event.atMs };
  if (startsWithProperties(event, config)) content.entries = entriesOf(event, config);
  const date = dateFor(event.name, config);
  if (date === undefined) return content;
  for (const product of productsIn(event.properties)) {
    const id = productIdOf(product);
    if (id === undefined) continue;
    const details = Object.fromEntries(detailNames.filter((name) => product[name] !== undefined).map((name) => [name, product[name]]));
    content.products[id] = { details: { value: details, atMs: event.atMs }, [date]: event.atMs };
  }
  if (date === 'boughtAtMs') content.lastBoughtAtMs = event.atMs;
  return content;
}

/** Segment's e-commerce events carry one product flat, or several in `products`. */
function productsIn(properties: Properties): Properties[] {
  const list = Array.isArray(properties.products) ? properties.products : [properties];
  return list.filter((one): one is Properties => typeof one === 'object' && one !== null);
}

/** The id of a product in event properties, if it has one that can be stored. */
export function productIdOf(product: Properties): string | undefined {
  const id = product.product_id ?? product.sku ?? product.id;
  if (typeof id === 'number') return String(id);
  return typeof id === 'string' && id !== '' && id.length <= 200 ? id : undefined;
}

/** The content of two histories together. Commutative, associative and idempotent: every part keeps its newest. */
export function mergeContent(a: Content, b: Content): Content {
  const products: Record<string, ProductRecord> = { ...a.products };
  for (const [id, product] of Object.entries(b.products)) products[id] = mergeProduct(products[id], product);
  const traits: Record<string, Dated> = { ...a.traits };
  for (const [name, trait] of Object.entries(b.traits)) traits[name] = newer(traits[name], trait);
  const entries: NonNullable<Content['entries']> = { ...a.entries };
  for (const [id, entry] of Object.entries(b.entries ?? {})) entries[id] = newer(entries[id], entry);
  const lastBoughtAtMs = latest(a.lastBoughtAtMs, b.lastBoughtAtMs);
  return {
    version: a.version,
    traits: newestEntries(traits, (trait) => trait.atMs, maxTraits),
    products: newestEntries(products, touchedAtMs, maxProducts),
    ...(lastBoughtAtMs !== undefined && { lastBoughtAtMs }),
    ...(Object.keys(entries).length > 0 && { entries: newestEntries(entries, (entry) => entry.atMs, maxEntries) }),
  };
}

type Views = [productId: string, atMs: number][];

const maxViews = 5;
/** Ids lie in the profile, whose size costs; a longer one is not worth it. */
const maxViewedIdLength = 64;

/** The products looked at last, after an event. */
export function withViews(views: Views, { properties, atMs }: Pick<DomainEvent, 'properties' | 'atMs'>): Views {
  const ids = productsIn(properties).map(productIdOf);
  return mergeViews(views, ids.filter((id) => id !== undefined && id.length <= maxViewedIdLength).map((id) => [id as string, atMs]));
}

/** Commutative, associative and idempotent: each product with its last view, the newest of them. */
export function mergeViews(a: Views, b: Views): Views {
  const lastAtMs = new Map<string, number>();
  for (const [id, atMs] of [...a, ...b]) lastAtMs.set(id, Math.max(lastAtMs.get(id) ?? 0, atMs));
  return [...lastAtMs].sort(([idA, atA], [idB, atB]) => atB - atA || (idA < idB ? -1 : 1)).slice(0, maxViews);
}

/** Ids of the products of the last purchase, which are those that a recommendation starts from. */
export function boughtLast({ products, lastBoughtAtMs }: Content): string[] {
  return Object.entries(products).flatMap(([id, { boughtAtMs }]) => (boughtAtMs !== undefined && boughtAtMs === lastBoughtAtMs ? [id] : []));
}

/** Ids of products that a person looked at and has not bought since, newest view first. */
export function viewedOnly(views: Views, { products }: Content): string[] {
  return views.filter(([id, atMs]) => (products[id]?.boughtAtMs ?? -Infinity) < atMs).map(([id]) => id);
}

function mergeProduct(a: ProductRecord | undefined, b: ProductRecord): ProductRecord {
  if (a === undefined) return b;
  const merged: ProductRecord = { details: newer(a.details, b.details) };
  for (const date of ['addedAtMs', 'removedAtMs', 'boughtAtMs'] as const) {
    const atMs = latest(a[date], b[date]);
    if (atMs !== undefined) merged[date] = atMs;
  }
  return merged;
}

/** The newer of two; at the same instant the larger text wins, so that the order of arrival does not matter. */
export function newer<T extends Dated>(a: T | undefined, b: T): T {
  if (a === undefined || b.atMs > a.atMs) return b;
  if (b.atMs < a.atMs) return a;
  return JSON.stringify(b.value) > JSON.stringify(a.value) ? b : a;
}

const latest = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined || b === undefined ? (a ?? b) : Math.max(a, b));

const touchedAtMs = (product: ProductRecord): number =>
  Math.max(product.addedAtMs ?? 0, product.removedAtMs ?? 0, product.boughtAtMs ?? 0);

function newestEntries<T>(record: Record<string, T>, atMsOf: (value: T) => number, count: number): Record<string, T> {
  const entries = Object.entries(record);
  if (entries.length <= count) return record;
  return Object.fromEntries(entries.sort(([idA, a], [idB, b]) => atMsOf(b) - atMsOf(a) || (idA < idB ? -1 : 1)).slice(0, count));
}

/** A product as an email shows it, as far as events told of it. */
export interface CartProduct {
  productId: string;
  title?: string;
  author?: string;
  price?: number;
  currency?: string;
  url?: string;
  imageUrl?: string;
}

/** What lies in the cart: added, not removed later, and nothing bought since. Newest first. */
export function cart(content: Content): CartProduct[] {
  return Object.entries(content.products)
    .filter(([, { addedAtMs, removedAtMs, boughtAtMs }]) => (addedAtMs ?? 0) > Math.max(removedAtMs ?? 0, boughtAtMs ?? 0, content.lastBoughtAtMs ?? 0))
    .sort(([, a], [, b]) => (b.addedAtMs ?? 0) - (a.addedAtMs ?? 0))
    .map(([productId, { details }]) => toCartProduct(productId, details.value));
}

/** Reads the details of a product from event properties or from the catalogue; what has the wrong type is left out. */
export function toCartProduct(productId: string, details: Properties): CartProduct {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const price = toNumber(details.price);
  const product: CartProduct = { productId };
  const title = text(details.title) ?? text(details.name);
  if (title !== undefined) product.title = title;
  if (text(details.author)) product.author = details.author as string;
  if (price !== undefined) product.price = price;
  if (text(details.currency)) product.currency = details.currency as string;
  if (text(details.url)) product.url = details.url as string;
  if (text(details.image_url)) product.imageUrl = details.image_url as string;
  return product;
}

/** A trait that is a text, if it is there. */
export function textTrait({ traits }: Pick<Content, 'traits'>, name: string): string | undefined {
  const value = traits[name]?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Where the person is, as their traits say. */
export const timeZoneOf = (content: Pick<Content, 'traits'>): string => textTrait(content, 'timezone') ?? 'UTC';
