import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../../lambdas/domain/events/event.ts';
import { translate } from '../../../lambdas/domain/events/translate.ts';
import { conversionOf } from '../../../lambdas/domain/fold/conversion.ts';
import { compilePlan } from '../../../lambdas/domain/plan/plan.ts';
import { productOf } from '../../../lambdas/domain/profile/cart.ts';
import { cart, emptyContent, withEvent } from '../../../lambdas/domain/profile/content.ts';
import { emptyProfile } from '../../../lambdas/domain/profile/profile.ts';
import { configWith, envelopeOf, eventFrom } from '../../support/events.ts';

const config = configWith({
  presets: ['segment-ecommerce', 'ga4', 'shopify'],
  conversions: ['order_paid'],
  aliases: { 'Checkout Started': 'till', refund: 'money_back' },
  products: { viewed: 'book_opened', added: 'basket_in', removed: 'basket_out', bought: 'order_paid' },
});

/** Samples as the vocabularies' field tables have them: what comes in, and what the shop's own words say of it. */
const book = { product_id: '9780141439549', name: 'Middlemarch', price: 12.9, currency: 'EUR' };
const samples = {
  'segment-ecommerce': {
    viewed: ['Product Viewed', { ...book, sku: 'PC-1', category: 'Novels', brand: 'Penguin', variant: 'paper', quantity: 1, coupon: 'SPRING', value: 12.9, position: 3, url: 'https://shop.example/m', image_url: '/m.jpg' }],
    added: ['Product Added', { cart_id: 'c1', ...book, sku: 'PC-1', quantity: 1 }],
    removed: ['Product Removed', { cart_id: 'c1', ...book, quantity: 1 }],
    bought: [
      'Order Completed',
      {
        ...{ checkout_id: 'k1', order_id: '50314b8e', affiliation: 'web', total: 27.5, subtotal: 22.5, revenue: 25, shipping: 3, tax: 2, discount: 2.5, coupon: 'h', currency: 'EUR' },
        products: [{ product_id: book.product_id, sku: 'PC-1', name: book.name, price: 12.9, quantity: 1, category: 'Novels' }, { product_id: 'emma', name: 'Emma', price: 9.6, quantity: 1 }],
      },
    ],
  },
  ga4: {
    viewed: ['view_item', { currency: 'EUR', value: 12.9, items: [{ item_id: book.product_id, item_name: 'Middlemarch', item_brand: 'Penguin', item_category: 'Novels', item_category2: 'English', item_variant: 'paper', index: 0, price: 12.9, quantity: 1 }] }],
    added: ['add_to_cart', { currency: 'EUR', value: 12.9, items: [{ item_id: book.product_id, item_name: 'Middlemarch', price: 12.9, quantity: 1 }] }],
    removed: ['remove_from_cart', { ecommerce: { currency: 'EUR', value: 12.9, items: [{ item_id: book.product_id, item_name: 'Middlemarch', price: 12.9, quantity: 1 }] } }],
    bought: [
      'purchase',
      {
        ...{ transaction_id: '50314b8e', value: 27.5, tax: 2, shipping: 3, currency: 'EUR', coupon: 'h', customer_type: 'new' },
        items: [{ item_id: book.product_id, item_name: 'Middlemarch', price: 12.9, quantity: 1 }, { item_id: 'emma', item_name: 'Emma', price: 9.6, quantity: 1, discount: 1 }],
      },
    ],
  },
  shopify: {
    viewed: ['product_viewed', { productVariant: variantOf(book.product_id, 'Middlemarch', 12.9) }],
    added: ['product_added_to_cart', { cartLine: { cost: { totalAmount: { amount: 12.9, currencyCode: 'EUR' } }, merchandise: variantOf(book.product_id, 'Middlemarch', 12.9), quantity: 1 } }],
    // The whole event as it comes from Shopify.
    removed: ['product_removed_from_cart', { id: 'sh-1', clientId: 'c', name: 'product_removed_from_cart', context: { document: { title: 'x' } }, data: { cartLine: { merchandise: variantOf(book.product_id, 'Middlemarch', 12.9), quantity: 1 } } }],
    bought: [
      'checkout_completed',
      {
        checkout: {
          ...{ currencyCode: 'EUR', email: 'ana@reader.example', phone: '+351 21 000 000', token: 'tok', billingAddress: { city: 'Lisboa' }, discountApplications: [] },
          order: { id: 'gid://shopify/OrderIdentity/50314b8e', customer: { id: 'gid://shopify/Customer/1', isFirstOrder: true } },
          ...{ subtotalPrice: { amount: 22.5, currencyCode: 'EUR' }, totalPrice: { amount: 27.5, currencyCode: 'EUR' }, totalTax: { amount: 2, currencyCode: 'EUR' } },
          lineItems: [
            { id: 'l1', title: 'Middlemarch', quantity: 1, finalLinePrice: { amount: 12.9, currencyCode: 'EUR' }, variant: variantOf(book.product_id, 'Middlemarch', 12.9) },
            { id: 'l2', title: 'Emma', quantity: 1, variant: variantOf('emma', 'Emma', 9.6) },
          ],
        },
      },
    ],
  },
} as const;

function variantOf(id: string, title: string, amount: number) {
  return {
    ...{ id: `gid://shopify/ProductVariant/9${id}`, sku: 'PC-1', title: 'Default Title', untranslatedTitle: 'Default Title', price: { amount, currencyCode: 'EUR' } },
    image: { src: '//cdn.shopify.example/m.jpg' },
    product: { id: `gid://shopify/Product/${id}`, title, vendor: 'Penguin', type: 'Novels', url: '/products/m', untranslatedTitle: title },
  };
}

let ids = 0;
function eventOf([event, properties]: readonly [string, object], timestamp = '2026-03-01T10:00:00Z'): DomainEvent {
  ids += 1;
  return eventFrom(envelopeOf({ event, properties, timestamp, messageId: `p${ids}`, userId: 'ana' }), config);
}

describe.each(['segment-ecommerce', 'ga4', 'shopify'] as const)('%s', (preset) => {
  const { viewed, added, removed, bought } = samples[preset];

  test('names events as the shop does', () => {
    expect([viewed, added, removed, bought].map((one) => eventOf(one).name)).toEqual(['book_opened', 'basket_in', 'basket_out', 'order_paid']);
  });

  test('lays a single product flat, where rules look', () => {
    expect(eventOf(viewed).properties).toMatchObject({ ...book, category: 'Novels', brand: 'Penguin' });
    expect(eventOf(viewed).properties).not.toHaveProperty('products');
  });

  test('puts the product into the cart and takes it out', () => {
    const filled = withEvent(emptyContent(), eventOf(added), compilePlan(config));
    expect(cart(filled)).toMatchObject([{ productId: book.product_id, title: 'Middlemarch', price: 12.9, currency: 'EUR' }]);
    expect(cart(withEvent(filled, eventOf(removed, '2026-03-01T11:00:00Z'), compilePlan(config)))).toEqual([]);
  });

  test('reads every product of an order, what was paid, and the order', () => {
    const event = eventOf(bought);
    const content = withEvent(emptyContent(), event, compilePlan(config));
    const lines = Object.fromEntries(Object.entries(content.products).map(([line, product]) => [productOf(line), product]));
    expect(lines).toMatchObject({
      [book.product_id]: { boughtAtMs: event.atMs, details: { value: { name: 'Middlemarch', price: 12.9, currency: 'EUR' } } },
      emma: { boughtAtMs: event.atMs, details: { value: { name: 'Emma', price: 9.6, currency: 'EUR' } } },
    });
    expect(conversionOf(compilePlan(config), emptyProfile('u#ana'), event)).toMatchObject({
      event: 'order_paid',
      revenue: 27.5,
      currency: 'EUR',
      orderId: '50314b8e',
    });
  });
});

test('Shopify sends addresses and phone numbers, which go no further', () => {
  const text = JSON.stringify(eventOf(samples.shopify.bought));
  expect(text).not.toMatch(/reader\.example|351|Lisboa/);
});

test('links without a host lead to the shop, and pictures to where they lie', () => {
  const { siteUrl } = config.sender;
  expect(eventOf(samples.shopify.viewed).properties).toMatchObject({
    url: new URL('/products/m', siteUrl).href,
    image_url: 'https://cdn.shopify.example/m.jpg',
  });
});

test('aliases of the config go before a preset, which still reads the properties', () => {
  expect(eventOf(['Checkout Started', { products: [book] }]).name).toBe('till');
  expect(eventOf(['refund', { transaction_id: 't1', value: 5 }])).toMatchObject({ name: 'money_back', properties: { order_id: 't1', total: 5 } });
});

test('names are read in any case; unknown ones and those of no preset stay as they are', () => {
  expect(eventOf(['ORDER COMPLETED', {}]).name).toBe('order_paid');
  expect(eventOf(['Something Else', { items: [1] }])).toMatchObject({ name: 'Something Else', properties: { items: [1] } });
  const none = configWith({ presets: [], aliases: {} });
  expect(translate({ name: 'Order Completed', properties: { revenue: 1 } }, none)).toEqual({ name: 'Order Completed', properties: { revenue: 1 } });
});

test('revenue is found where the config looks for it', () => {
  const paid = configWith({ presets: ['ga4'], attribution: { revenueProperty: 'amount' } });
  expect(translate({ name: 'purchase', properties: { value: 5 } }, paid).properties).toEqual({ total: 5, amount: 5 });
});

test('any properties at all are read, and the input stays as it was', () => {
  const names = ['Product Added', 'Order Completed', 'view_item', 'purchase', 'product_viewed', 'product_added_to_cart', 'checkout_completed', 'constructor', '__proto__'];
  const part: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, fc.jsonValue({ maxDepth: 1 }), fc.array(tie('value'), { maxLength: 2 }), tie('object')),
    object: fc.dictionary(
      fc.constantFrom('items', 'products', 'ecommerce', 'data', 'checkout', 'lineItems', 'variant', 'product', 'price', 'amount', 'cartLine', 'merchandise', 'image', 'src', 'id', 'total', 'value', 'url'),
      tie('value'),
      { maxKeys: 5 },
    ),
  })).object;
  fc.assert(
    fc.property(fc.constantFrom(...names), part, (name, properties) => {
      const before = JSON.stringify(properties);
      const read = translate({ name, properties: properties as Record<string, unknown> }, config);
      expect(typeof read.name).toBe('string');
      expect(JSON.stringify(properties)).toBe(before);
      // Reading a second time finds the shop's own words, and leaves them.
      expect(() => JSON.stringify(read)).not.toThrow();
    }),
    { numRuns: 300 },
  );
});
