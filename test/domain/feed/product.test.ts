import { describe, expect, test } from 'vitest';
import { Groups } from '../../../lambdas/domain/feed/groups.ts';
import { toPrice, toRange } from '../../../lambdas/domain/feed/price.ts';
import { toFeedProduct, type FeedProduct } from '../../../lambdas/domain/feed/product.ts';
import { feedField } from '../../../lambdas/domain/feed/record.ts';
import { described, feedHash, knownOf } from '../../../lambdas/domain/feed/stored-product.ts';

const nowMs = Date.parse('2026-11-28T12:00:00Z');
const product = (fields: object) => toFeedProduct({ line: 1, fields: { id: '1', title: 'One', ...fields } }, nowMs);

test.each([
  ['15.00 USD', { price: 15, currency: 'USD' }],
  ['15 eur', { price: 15, currency: 'EUR' }],
  [' 15,00 EUR ', { price: 15, currency: 'EUR' }],
  ['1,299.00 USD', { price: 1299, currency: 'USD' }],
  ['1.299,00 EUR', { price: 1299, currency: 'EUR' }],
  ['EUR 9.5', { price: 9.5, currency: 'EUR' }],
  ['4999JPY', { price: 4999, currency: 'JPY' }],
  ['15.00', undefined],
  ['15.00 $', undefined],
  ['from 15.00 USD', undefined],
  ['1,2,3 USD', undefined],
  ['-5.00 USD', undefined],
  ['1e5 USD', undefined],
  ['USD', undefined],
])('the price %j is %j', (text, price) => expect(toPrice(text)).toEqual(price));

test.each([
  ['2026-11-24T11:07+0100/2026-11-29T23:07+0100', ['2026-11-24T10:07:00Z', '2026-11-29T22:07:00Z']],
  ['2026-11-24T11:07:30Z / 2026-11-29T23:07:30Z', ['2026-11-24T11:07:30Z', '2026-11-29T23:07:30Z']],
  ['2026-11-29T23:07Z/2026-11-24T11:07Z', undefined],
  ['2026-11-24T11:07Z', undefined],
  ['soon/later', undefined],
])('the range %j is %j', (text, times) => expect(toRange(text)).toEqual(times?.map((time) => Date.parse(time))));

test.each([['id', 'id'], ['g:image_link', 'image_link'], ['Image Link', 'image_link'], ['sale price', 'sale_price'], ['description', undefined], ['__proto__', undefined]])('the name %j is %j', (name, field) => expect(feedField(name)).toBe(field));

describe('an item', () => {
  test('becomes what an event would describe', () => {
    expect(product({ title: ' One\n  two ', author: 'Ines', link: ' https://shop.example/1 ', image_link: 'http://img.example/1.png', price: '15.00 USD', availability: 'in stock', item_group_id: 'g' })).toEqual({
      id: '1',
      details: { title: 'One two', author: 'Ines', url: 'https://shop.example/1', image_url: 'http://img.example/1.png', price: 15, currency: 'USD', available: true },
      groupId: 'g',
    });
    expect(product({})).toEqual({ id: '1', details: { title: 'One', available: true } });
  });
  test.each([['in_stock', true], ['In Stock', true], ['preorder', true], ['backorder', true], ['out of stock', false], ['out_of_stock', false]])('with availability %j can be bought: %j', (availability, available) => {
    expect(product({ availability })).toMatchObject({ details: { available } });
  });
  test.each([
    [{ id: undefined }, undefined, 'no id'],
    [{ id: 'x'.repeat(201) }, undefined, /^id "x+": must have 1 to 200 characters/],
    [{ id: '__proto__' }, undefined, 'id "__proto__": must have 1 to 200 characters'],
    [{ title: ' ' }, '1', 'no title'],
    [{ availability: 'maybe' }, '1', 'availability "maybe": must be in_stock, out_of_stock, preorder or backorder'],
    [{ availability: 'constructor' }, '1', /^availability/],
    [{ link: 'javascript:alert(1)' }, '1', /^link "javascript:alert\(1\)": must begin with http:/],
    [{ image_link: '/1.png' }, '1', /^image_link/],
    [{ link: `https://shop.example/${'x'.repeat(2000)}` }, '1', /^link/],
    [{ price: '15.00' }, '1', 'price "15.00": must be like 15.00 USD'],
    [{ sale_price: 'cheap' }, '1', /^sale_price "cheap"/],
    [{ sale_price: '1 EUR', sale_price_effective_date: 'now' }, '1', /^sale_price_effective_date "now"/],
  ])('%j is left out, and says why', (fields, id, problem) => {
    expect(product(fields)).toEqual({ ...(id !== undefined && { id }), problem: typeof problem === 'string' ? problem : expect.stringMatching(problem) });
  });
  test.each([
    ['without dates', undefined, 10, undefined],
    ['that is on', '2026-11-28T11:00Z/2026-11-28T13:00Z', 10, '2026-11-28T13:00:00Z'],
    ['to come', '2026-11-29T11:00Z/2026-11-30T13:00Z', 15, '2026-11-29T11:00:00Z'],
    ['that is over', '2026-11-27T11:00Z/2026-11-28T12:00Z', 15, undefined],
  ])('with a sale %s', (_name, range, price, changes) => {
    expect(product({ price: '15.00 EUR', sale_price: '10.00 EUR', ...(range && { sale_price_effective_date: range }) })).toMatchObject({
      details: { price, currency: 'EUR' },
      ...(changes && { changesAtMs: Date.parse(changes) }),
    });
  });
});

describe('a product of variants', () => {
  const variant = (id: string, price: number, available = true): FeedProduct => ({ id, details: { title: `Shirt ${id}`, price, currency: 'EUR', available }, groupId: 'shirt' });
  const grouped = (...variants: FeedProduct[]) => {
    const groups = new Groups();
    for (const one of variants) groups.add(one);
    return groups.products((id) => id === 'taken');
  };
  test('is its first variant that can be bought', () => {
    expect(grouped(variant('s', 5, false), variant('m', 5), variant('l', 5))).toEqual([{ id: 'shirt', details: { title: 'Shirt m', price: 5, currency: 'EUR', available: true } }]);
    expect(grouped(variant('s', 5, false))).toMatchObject([{ id: 'shirt', details: { available: false } }]);
  });
  test('has a price only if all variants have the same', () => expect(grouped(variant('s', 5), variant('m', 6))).toEqual([{ id: 'shirt', details: { title: 'Shirt s', available: true } }]));
  test('is left alone where it has an item of its own', () => expect(grouped({ ...variant('s', 5), groupId: 'taken' })).toEqual([]));
});

describe('of a feed and an event', () => {
  const feed = { title: 'One', price: 5, currency: 'EUR', available: true };
  test('what was said last counts, and what only the other knows is added', () => {
    const details = { name: 'Uno', price: 6, rating: 4 };
    expect(described({ feed, feedAtMs: 2, details, atMs: 1 })).toEqual({ rating: 4, ...feed });
    // The price of one with the currency of the other would be another price.
    expect(described({ feed, feedAtMs: 1, details, atMs: 2 })).toEqual({ name: 'Uno', price: 6, rating: 4, available: true });
    expect([described({ feed }), described({ details }), described({})]).toEqual([feed, details, {}]);
  });
  test('the feed has nothing to say while it is shown, whatever the order of its names', () => {
    expect(knownOf({ feed, feedAtMs: 2, details: { price: 6 }, atMs: 1 })).toEqual({ hash: feedHash(Object.fromEntries(Object.entries(feed).toReversed())), isOffered: true });
    expect(knownOf({ feed, feedAtMs: 1, details: { price: 6 }, atMs: 2 })).toEqual({ hash: '', isOffered: true });
    expect(knownOf({ details: { price: 6 }, atMs: 2 })).toEqual({ hash: '', isOffered: false });
    expect(knownOf({ feed: { ...feed, available: false } }).isOffered).toBe(false);
  });
});
