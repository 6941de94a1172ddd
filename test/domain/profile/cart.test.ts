import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeContent, encodeContent } from '../../../lambdas/adapters/profiles/codec.ts';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { boughtLast, cart, emptyContent, mergeContent, withEvent, type Content } from '../../../lambdas/domain/profile/content.ts';
import { viewedOnly } from '../../../lambdas/domain/profile/views.ts';
import { bookstorePlan as plan, startMs, track } from '../../support/events.ts';

let count = 0;
const tell = (name: string, s: number, properties: object) => track(name, startMs + s * 1000, properties as never, { messageId: `c${(count += 1)}` });
const put = (s: number, more: object = {}) => tell('add_to_cart', s, { product_id: 'b1', ...more });
const take = (s: number, more: object = {}) => tell('remove_from_cart', s, { product_id: 'b1', ...more });
const buy = (s: number, more: object = { product_id: 'b1' }) => tell('purchase', s, more);
const after = (events: readonly DomainEvent[], content = emptyContent()): Content => events.reduce((known, event) => decodeContent(structuredClone(encodeContent('u', withEvent(known, event, plan)))), content);
const inCart = (...events: DomainEvent[]) => Object.fromEntries(cart(after(events)).map(({ productId, quantity }) => [productId, quantity]));

describe('a cart', () => {
  test('has what was put in last in front, which nothing of something is not', () => {
    const order = (...events: DomainEvent[]) => cart(after(events)).map(({ productId }) => productId);
    expect(order(put(0), put(1, { product_id: 'b2' }))).toEqual(['b2', 'b1']);
    expect(order(put(0), put(1, { product_id: 'b2' }), put(2, { quantity: 0 }))).toEqual(['b2', 'b1']);
  });

  test.each<[string, DomainEvent[], number | undefined]>([
    ['one', [put(0)], 1],
    ['two, one of them taken out', [put(0, { quantity: 2 }), take(1, { quantity: 1 })], 1],
    ['two, put in one by one', [put(0), put(1, { quantity: '1' })], 2],
    ['two, both taken out', [put(0, { quantity: 2 }), take(1, { quantity: 2 })], undefined],
    ['two, taken out without a word of how many', [put(0, { quantity: 2 }), take(1)], undefined],
    ['nothing of it', [put(0, { quantity: 0 })], undefined],
    ['one, and nothing more of it', [put(0), put(1, { quantity: 0 })], 1],
    ['one, of which nothing was taken out', [put(0), take(1, { quantity: 0 })], 1],
    ['more taken out than there was, and one put in again', [put(0), take(1, { quantity: 5 }), put(2)], 1],
    ['no number', [put(0, { quantity: 'many' })], 1],
    ['fewer than none', [put(0, { quantity: -3 })], undefined],
  ])('holds %s', (_what, events, quantity) => {
    expect(inCart(...events)).toEqual(quantity === undefined ? {} : { b1: quantity });
  });

  const [red, blue] = [{ variant: 'red', variant_id: 'v1' }, { variant_id: 'v2' }];
  test.each<[string, DomainEvent[], number | undefined]>([
    ['one variant, when the other was taken out', [put(0, red), put(1, blue), take(2, red)], 1],
    ['both variants', [put(0, red), put(1, { ...blue, quantity: 2 })], 3],
    ['no variant, when all of the product was taken out', [put(0, red), put(1, blue), take(2)], undefined],
    ['one variant, when one of the product was taken out', [put(0, red), put(1, blue), take(2, { quantity: 1 })], 1],
    ['no variant, when it was taken out under its other name', [put(0, red), take(1, { variant: 'red', quantity: 1 })], undefined],
    ['nothing after an order of one variant', [put(0, red), put(1, blue), buy(2, { products: [{ product_id: 'b1', ...red }] })], undefined],
  ])('knows variants: holds %s', (_what, events, quantity) => {
    expect(inCart(...events)).toEqual(quantity === undefined ? {} : { b1: quantity });
  });

  test('shows each product once, and bought ones under the name of the product', () => {
    const content = after([buy(0, { products: [{ product_id: 'b1', ...red }, { product_id: 'b1', ...blue }, { product_id: 'b2' }] })]);
    expect(boughtLast(content)).toEqual(['b1', 'b2']);
    expect(viewedOnly([['b1', startMs], ['b3', startMs]], content)).toEqual(['b3']);
  });

  test('keeps the lines of one request apart that name the same', () => {
    const line = { product_id: 'b1', quantity: 1 };
    expect(inCart(tell('add_to_cart', 0, { products: [line, line] }))).toEqual({ b1: 2 });
  });

  test.each<[string, DomainEvent[], object]>([
    ['an order seconds before covers its products', [buy(0, { products: [{ product_id: 'b1' }] }), put(20)], {}],
    ['whichever comes first', [put(20), buy(0, { products: [{ product_id: 'b1' }] })], {}],
    ['an order that names no products covers all', [buy(0, {}), put(20)], {}],
    ['not what is put in later', [buy(0), put(31)], { b1: 1 }],
    ['not another product', [buy(0, { product_id: 'b2' }), put(20)], { b1: 1 }],
  ])('by another clock: %s', (_what, events, expected) => {
    expect(inCart(...events)).toEqual(expected);
  });

  test('of before, which knows no quantities, still holds', () => {
    const old: Content = { version: 1, traits: {}, products: { b1: { details: { value: {}, atMs: 0 }, addedAtMs: startMs } } };
    expect(cart(old).map(({ productId, quantity }) => [productId, quantity])).toEqual([['b1', 1]]);
    expect(cart(after([take(1)], old))).toEqual([]);
  });
});

const change = fc.record({ what: fc.constantFrom(put, take), quantity: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }), variant: fc.constantFrom(undefined, 'v1', 'v2') });
/** At different times: at the same one, what was said later counts. */
const changes = fc.array(change, { minLength: 1, maxLength: 12 }).map((list) => list.map(({ what, quantity, variant }, s) => what(s, { ...(quantity !== undefined && { quantity }), ...(variant && { variant }) })));

test('a cart is the same in any order and repetition, and of two histories together', () => {
  const shuffled = changes.chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }), fc.integer({ min: 0, max: events.length })));
  fc.assert(
    fc.property(shuffled, ([events, repeated, split]) => {
      const expected = cart(after(events));
      expect(cart(after(repeated))).toEqual(expected);
      const [one, other] = [after(events.slice(0, split)), after(events.slice(split))];
      expect(cart(mergeContent(one, other, plan))).toEqual(expected);
      expect(cart(mergeContent(other, one, plan))).toEqual(expected);
    }),
  );
});

test('the record of a line stays small', () => {
  const content = after(Array.from({ length: 100 }, (_, s) => put(s)));
  expect(content.products.b1?.changes).toHaveLength(12);
});
