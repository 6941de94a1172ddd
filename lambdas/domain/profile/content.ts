import type { Config } from '../../schemas/config.ts';
import type { DomainEvent } from '../events/event.ts';
import { toAmount } from '../events/amount.ts';
import type { Properties } from '../events/filters.ts';
import { added, cartLines, lineKey, mergeChanges, productOf, removed, type CartChange } from './cart.ts';
import { laterSaid, newer, type Dated } from './dated.ts';
import { entriesOf, startsWithProperties } from './entries.ts';
import { isPlainText } from '../events/plain-text.ts';
import { isEmpty, own } from '../own.ts';
import type { Plan } from '../plan/plan.ts';
import { cutText } from '../storable.ts';

/** What is known of a product and what the person did with it. */
export interface ProductRecord {
  details: Dated & { value: Properties };
  addedAtMs?: number;
  /** When all of it was removed from the cart. */
  removedAtMs?: number;
  boughtAtMs?: number;
  /** How the quantity in the cart changed; oldest first. */
  changes?: CartChange[];
}

/** What emails are filled from: the second item of a profile, written only when it changes. */
export interface Content {
  version: number;
  traits: Record<string, Dated>;
  /** By the line of the cart: the product, and its variant if an event named one. */
  products: Record<string, ProductRecord>;
  lastBoughtAtMs?: number;
  /** Declared properties of the events that started campaigns, by {@link entryId}. */
  entries?: Record<string, Dated & { value: Properties }>;
}

export const emptyContent = (): Content => ({ version: 0, traits: {}, products: {} });

const maxProducts = 20;
const maxTraits = 50;
const maxEntries = 10;
/** Properties that are kept of a product: texts, links, and numbers. */
const textNames = ['name', 'title', 'author'] as const;
const linkNames = ['url', 'image_url'] as const;
const maxTextLength = 300;
/** A link that is cut off is broken, so a longer one is left out. */
const maxLinkLength = 1000;

type ProductDate = 'addedAtMs' | 'removedAtMs' | 'boughtAtMs';

/** Does the event carry anything for the content item? If not, the item need not even be read. */
export function carriesContent(event: DomainEvent, config: Config): boolean {
  return !isEmpty(event.traits) || dateFor(event.name, config) !== undefined || startsWithProperties(event, config);
}

function dateFor(name: string, { products }: Config): ProductDate | undefined {
  if (name === products?.added) return 'addedAtMs';
  if (name === products?.removed) return 'removedAtMs';
  if (name === products?.bought) return 'boughtAtMs';
  return undefined;
}

/**
 * The content after an event, which comes later in the stream than all that is in there: of two facts with one time it wins.
 * Applying the same event again changes nothing, nor does another order of events at different times.
 */
export function withEvent(content: Content, event: DomainEvent, { config, lastingTraits }: Pick<Plan, 'config' | 'lastingTraits'>): Content {
  return joined(content, contentOf(event, config), lastingTraits, laterSaid);
}

function contentOf(event: DomainEvent, config: Config): Content {
  const content = emptyContent();
  content.traits = Object.fromEntries(Object.entries(event.traits).map(([name, value]) => [name, { value, atMs: event.atMs }]));
  if (startsWithProperties(event, config)) content.entries = entriesOf(event, config);
  const date = dateFor(event.name, config);
  if (date === undefined) return content;
  for (const product of productsIn(event.properties)) {
    const id = productIdOf(product);
    if (id === undefined) continue;
    const change = changeOf(date, product, event);
    // A quantity of 0 was added or removed.
    if (Object.keys(change).length === 0) continue;
    const line = lineKey(id, product);
    // A request may name a line twice.
    const twice = own(content.products, line)?.changes;
    if (twice && change.changes) change.changes = mergeChanges(twice, change.changes.map(([atMs, by, hash]) => [atMs, by, `${hash}${twice.length}`]));
    content.products[line] = { details: { value: mayDescribe(event, config) ? detailsOf(product, event.source === 'web') : {}, atMs: event.atMs }, ...change };
  }
  if (date === 'boughtAtMs') content.lastBoughtAtMs = event.atMs;
  return content;
}

function changeOf(date: ProductDate, product: Properties, { atMs, messageHash }: DomainEvent): Partial<ProductRecord> {
  if (date === 'addedAtMs') return added(product, atMs, messageHash);
  return date === 'removedAtMs' ? removed(product, atMs, messageHash) : { boughtAtMs: atMs };
}

/**
 * Segment's e-commerce events carry one product flat, or several in `products`; these say their price, and the event its
 * currency. A price and a currency belong together, so no other source fills in either.
 */
export function productsIn(properties: Properties): Properties[] {
  if (!Array.isArray(properties.products)) return [properties];
  const { currency } = properties;
  const list = properties.products.filter((one): one is Properties => typeof one === 'object' && one !== null && !Array.isArray(one));
  return list.map((product) => (isBlank(product.currency) && !isBlank(currency) && !isBlank(product.price) ? { ...product, currency } : product));
}

/** Emails carry the shop's name, so they show what a web key says of a product only where the config allows it. */
const mayDescribe = ({ source }: DomainEvent, { webKeys }: Config): boolean => source !== 'web' || webKeys.mayDescribeProducts;

/** @param byWeb only a web key says so: texts that lead elsewhere are left out. Links are checked against the sender's hosts when the email is rendered. */
function detailsOf(product: Properties, byWeb: boolean): Properties {
  const details: Properties = {};
  for (const name of textNames) if (isText(product[name]) && (!byWeb || isPlainText(product[name]))) details[name] = cutText(product[name], maxTextLength);
  for (const name of linkNames) if (isText(product[name]) && product[name].length <= maxLinkLength) details[name] = product[name];
  const price = toAmount(product.price);
  if (price !== undefined) details.price = price;
  if (isText(product.currency) && (!byWeb || isPlainText(product.currency))) details.currency = cutText(product.currency, 10);
  return details;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isBlank = (value: unknown): boolean => value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** The id of a product in event properties, if it has one that can be stored. A blank one is none. */
export function productIdOf(product: Properties): string | undefined {
  const id = [product.product_id, product.sku, product.id].find((one) => !isBlank(one));
  if (typeof id === 'number') return String(id);
  // The one name that a plain object cannot hold as its own property.
  return typeof id === 'string' && id.length <= 200 && id !== '__proto__' ? id : undefined;
}

/**
 * Merges the content of two histories whose order in the stream is unknown: of two facts with one time, that of `a` wins.
 * Associative and idempotent: every part keeps its newest.
 */
export const mergeContent = (a: Content, b: Content, { lastingTraits }: Pick<Plan, 'lastingTraits'>): Content => joined(a, b, lastingTraits, newer);

/** @param lastingTraits traits that the cap never drops, since emails and rules need them */
function joined(a: Content, b: Content, lastingTraits: ReadonlySet<string>, choose: <T extends Dated>(a: T | undefined, b: T) => T): Content {
  const products = joinedRecords(a.products, b.products, (one, other) => mergeProduct(one, other, choose));
  const traits = joinedRecords(a.traits, b.traits, choose);
  const entries = joinedRecords(a.entries ?? {}, b.entries ?? {}, choose);
  const lastBoughtAtMs = latest(a.lastBoughtAtMs, b.lastBoughtAtMs);
  return {
    version: a.version,
    traits: cappedTraits(traits, lastingTraits),
    products: newestEntries(products, touchedAtMs, maxProducts),
    ...(lastBoughtAtMs !== undefined && { lastBoughtAtMs }),
    ...(!isEmpty(entries) && { entries: newestEntries(entries, (entry) => entry.atMs, maxEntries) }),
  };
}

/** Most events have nothing to say of products, or of traits: what is known of those need not be copied. */
function joinedRecords<T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>, join: (a: T | undefined, b: T) => T): Record<string, T> {
  if (isEmpty(b)) return a;
  const joined: Record<string, T> = { ...a };
  for (const [name, value] of Object.entries(b)) joined[name] = join(own(joined, name), value);
  return joined;
}

/** Ids of the products of the last purchase, which are those that a recommendation starts from. */
export function boughtLast({ products, lastBoughtAtMs }: Content): string[] {
  const bought = Object.entries(products).flatMap(([line, { boughtAtMs }]) => (boughtAtMs !== undefined && boughtAtMs === lastBoughtAtMs ? [productOf(line)] : []));
  return [...new Set(bought)];
}

function cappedTraits(traits: Record<string, Dated>, lasting: ReadonlySet<string>): Record<string, Dated> {
  const isLasting = ([name]: [string, Dated]) => lasting.has(name);
  const entries = Object.entries(traits);
  if (entries.length <= maxTraits) return traits;
  const others = newestEntries(Object.fromEntries(entries.filter((entry) => !isLasting(entry))), (trait) => trait.atMs, maxTraits);
  return { ...Object.fromEntries(entries.filter(isLasting)), ...others };
}

/** An event that has only the id of a product removes nothing that is known of it. */
function describing(a: ProductRecord['details'], b: ProductRecord['details'], choose: <T extends Dated>(a: T | undefined, b: T) => T): ProductRecord['details'] {
  const [isEmptyA, isEmptyB] = [a, b].map(({ value }) => Object.keys(value).length === 0);
  return isEmptyA === isEmptyB ? choose(a, b) : isEmptyA ? b : a;
}

function mergeProduct(a: ProductRecord | undefined, b: ProductRecord, choose: <T extends Dated>(a: T | undefined, b: T) => T): ProductRecord {
  if (a === undefined) return b;
  const merged: ProductRecord = { details: describing(a.details, b.details, choose) };
  for (const date of ['addedAtMs', 'removedAtMs', 'boughtAtMs'] as const) {
    const atMs = latest(a[date], b[date]);
    if (atMs !== undefined) merged[date] = atMs;
  }
  if (a.changes || b.changes) merged.changes = mergeChanges(a.changes, b.changes);
  // Removed and added again at one instant, as shops do to change a quantity: the later one in the stream wins.
  if (b.addedAtMs !== undefined && b.addedAtMs === a.removedAtMs && choose === laterSaid) delete merged.removedAtMs;
  return merged;
}

const latest = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined || b === undefined ? (a ?? b) : Math.max(a, b));

const touchedAtMs = ({ addedAtMs = 0, removedAtMs = 0, boughtAtMs = 0, changes }: ProductRecord): number => Math.max(addedAtMs, removedAtMs, boughtAtMs, changes?.at(-1)?.[0] ?? 0);

function newestEntries<T>(record: Record<string, T>, atMsOf: (value: T) => number, count: number): Record<string, T> {
  if (Object.keys(record).length <= count) return record;
  return Object.fromEntries(Object.entries(record).sort(([idA, a], [idB, b]) => atMsOf(b) - atMsOf(a) || (idA < idB ? -1 : 1)).slice(0, count));
}

/** A product as an email shows it, as far as events have described it. */
export interface CartProduct {
  productId: string;
  title?: string;
  author?: string;
  price?: number;
  currency?: string;
  url?: string;
  imageUrl?: string;
  /** How many lie in the cart. */
  quantity?: number;
}

/** The products in the cart, with quantities: added, not removed later, and not bought since. Newest first. */
export const cart = (content: Content): CartProduct[] => cartLines(content).map(({ productId, quantity, record }) => ({ ...toCartProduct(productId, record.details.value), quantity }));

/** Reads the details of a product from event properties or from the catalogue; what has the wrong type is left out. */
export function toCartProduct(productId: string, details: Properties): CartProduct {
  const text = (value: unknown) => (isText(value) ? value : undefined);
  const price = toAmount(details.price);
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
