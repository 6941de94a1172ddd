import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { invalid } from './errors.ts';
import { checkStorable, compare, itemSize, typeOf, type Item } from './value.ts';

export interface KeyNames {
  hash: string;
  range?: string;
}

export interface TableShape {
  key: KeyNames;
  /** Types of key attributes, `S` or `N`. */
  types: Record<string, 'S' | 'N'>;
  indexes?: Record<string, KeyNames>;
  /** Attribute that holds the time to live, in seconds. */
  ttl?: string;
}

interface Stored {
  item: Item;
  /** What a read that is not consistent may still see, and until when. */
  before?: { item: Item | undefined; untilMs: number };
}

const largestItem = 400 * 1024;
/** TTL deletes within some days, at a time of its own choosing. */
const latestTtlMs = 48 * 3_600_000;

const textOf = (value: AttributeValue | undefined): string => value?.S ?? value?.N ?? JSON.stringify(value);

const ranks = new Map<string, string>();

/** Where a partition lies among all. */
function rankOf(text: string): string {
  let rank = ranks.get(text);
  if (rank === undefined) ranks.set(text, (rank = createHash('md5').update(text).digest('hex')));
  return rank;
}

/** One table: items by key, with the limits that DynamoDB has for them. */
export class Table {
  readonly shape: TableShape;
  private readonly now: () => number;
  private readonly items = new Map<string, Stored>();
  /** Replicas that answer reads which are not consistent are behind by at most so much. */
  lagMs = 0;

  constructor(shape: TableShape, now: () => number) {
    this.shape = shape;
    this.now = now;
  }

  get(key: Item, isConsistent: boolean): Item | undefined {
    this.checkKey(key);
    return this.seen(this.items.get(this.idOf(key)), isConsistent);
  }

  /** @param item undefined deletes */
  write(key: Item, item: Item | undefined): void {
    if (item) this.checkItem(item);
    const id = this.idOf(key);
    const known = this.items.get(id);
    const before = { item: known?.item, untilMs: this.now() + this.lagMs };
    if (item) this.items.set(id, { item, before });
    else this.items.delete(id);
  }

  /** All items, in the order that a scan has: by the hash of the partition key, then by the sort key. */
  scan(isConsistent: boolean): Item[] {
    const { hash } = this.shape.key;
    const ranked = this.all(isConsistent).map((item) => ({ item, rank: rankOf(textOf(item[hash])) }));
    return ranked.sort((a, b) => (a.rank === b.rank ? this.order(a.item, b.item, this.shape.key) : a.rank < b.rank ? -1 : 1)).map(({ item }) => item);
  }

  /** Items of one partition, of the table or of an index, in the order of their sort key. */
  partition(index: string | undefined, hashValue: AttributeValue, isConsistent: boolean): Item[] {
    const key = this.keyOf(index);
    const wanted = textOf(hashValue);
    return this.all(isConsistent)
      .filter((item) => item[key.hash] !== undefined && textOf(item[key.hash]) === wanted && (key.range === undefined || item[key.range] !== undefined))
      .sort((a, b) => this.order(a, b, key));
  }

  keyOf(index: string | undefined): KeyNames {
    if (index === undefined) return this.shape.key;
    const key = this.shape.indexes?.[index];
    if (key === undefined) throw invalid(`The table does not have the specified index: ${index}`);
    return key;
  }

  /** The attributes that name an item, and its place in an index. */
  keyIn(item: Item, index?: string): Item {
    const names = [this.shape.key, ...(index === undefined ? [] : [this.keyOf(index)])].flatMap(({ hash, range }) => [hash, range]);
    return Object.fromEntries(names.flatMap((name) => (name !== undefined && item[name] !== undefined ? [[name, item[name]]] : [])));
  }

  /** In no order. */
  all(isConsistent: boolean): Item[] {
    const items: Item[] = [];
    for (const stored of this.items.values()) {
      const item = this.seen(stored, isConsistent);
      if (item) items.push(item);
    }
    return items;
  }

  private seen(stored: Stored | undefined, isConsistent: boolean): Item | undefined {
    const item = !isConsistent && stored?.before !== undefined && stored.before.untilMs > this.now() ? stored.before.item : stored?.item;
    return item && this.isExpired(item) ? undefined : item;
  }

  private isExpired(item: Item): boolean {
    const expiresAtS = this.shape.ttl === undefined ? undefined : item[this.shape.ttl]?.N;
    if (expiresAtS === undefined) return false;
    const overdueMs = this.now() - Number(expiresAtS) * 1000;
    // Some are gone at once, and some stay for two days.
    return overdueMs > 0 && overdueMs > (Number.parseInt(rankOf(this.idOf(item)).slice(0, 4), 16) / 65536) * latestTtlMs;
  }

  private order(a: Item, b: Item, { range }: KeyNames): number {
    const [left, right] = range === undefined ? [] : [a[range], b[range]];
    const order = left && right ? (compare(left, right) ?? 0) : 0;
    return order !== 0 ? order : this.idOf(a) < this.idOf(b) ? -1 : 1;
  }

  private idOf(item: Item): string {
    const { hash, range } = this.shape.key;
    return range === undefined ? textOf(item[hash]) : `${textOf(item[hash])}\u0000${textOf(item[range])}`;
  }

  /** @throws ValidationException */
  checkKey(key: Item): void {
    const { hash, range } = this.shape.key;
    const names = range === undefined ? [hash] : [hash, range];
    if (Object.keys(key).length !== names.length || names.some((name) => key[name] === undefined || typeOf(key[name]) !== this.shape.types[name])) throw invalid('The provided key element does not match the schema');
    for (const [place, name] of names.entries()) this.checkKeyValue(name, key[name] as AttributeValue, place === 0 ? 2048 : 1024);
  }

  private checkKeyValue(name: string, value: AttributeValue, longest: number): void {
    if (value.S === '') throw invalid(`One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`);
    if (value.S !== undefined && Buffer.byteLength(value.S) > longest) throw invalid(`One or more parameter values were invalid: Size of ${longest === 2048 ? 'hashkey' : 'rangekey'} has exceeded the maximum size limit of ${longest} bytes`);
  }

  /** @throws ValidationException for what cannot be stored */
  checkItem(item: Item): void {
    this.checkKey(this.keyIn(item));
    for (const value of Object.values(item)) checkStorable(value);
    for (const { hash, range } of Object.values(this.shape.indexes ?? {})) {
      for (const name of [hash, range]) {
        const value = name === undefined ? undefined : item[name];
        if (name === undefined || value === undefined) continue;
        if (typeOf(value) !== this.shape.types[name]) throw invalid(`One or more parameter values were invalid: Type mismatch for Index Key ${name}`);
        this.checkKeyValue(name, value, name === hash ? 2048 : 1024);
      }
    }
    if (itemSize(item) > largestItem) throw invalid('Item size has exceeded the maximum allowed size');
  }
}
