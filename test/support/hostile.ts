import fc from 'fast-check';
import { callTypes, sources, type Envelope } from '../../lambdas/schemas/event.ts';
import { startMs } from './events.ts';

/** Names that plain objects answer to, and others that break what takes a name for harmless. */
const hostileNames = ['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '', ' ', '\u0000', '\ud800', 'é'.repeat(300)];

const hostileNumbers = [0, -0, 1, -1, 0.1, 2 ** 53, 2 ** 53 + 2, -(2 ** 60), 1e308, -1e308, 5e-324, 1e-200, 1e-131, 175928847299117063, 1.7e12, 1_760_000_000];

const hostileTexts = [...hostileNames, '1e308', '-1e308', '1e-200', 'NaN', 'Infinity', 'true', 'TRUE', 'maybe', '2026-03-01T12:00:00+0000', '1970-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', '9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z', 'ana@reader.example', 'undefined', '[object Object]'];

const leaf = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<unknown>(...hostileNumbers, ...hostileTexts, 'x'.repeat(9000), null, true, false, [], {}) },
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** Whatever JSON there is, with a liking for what has broken something once. */
export const hostileJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small', maxDepth: 3 }, { weight: 5, arbitrary: leaf }, { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) }, { weight: 1, arbitrary: tie('object') }),
  object: fc.array(fc.tuple(fc.oneof(fc.constantFrom(...hostileNames), fc.string({ maxLength: 8 })), tie('value')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
})).value;

const or = (wanted: fc.Arbitrary<unknown>) => fc.oneof({ weight: 12, arbitrary: wanted }, { weight: 1, arbitrary: hostileJson });
const id = or(fc.constantFrom<unknown>('ana', 'ana', 'ana', 'd1', 'd1', 'd2', 4711, null, 'undefined', 'constructor', '__proto__'));
const time = or(fc.integer({ min: -400, max: 40 }).map((days) => new Date(startMs + days * 86_400_000).toISOString()));
const productId = or(fc.constantFrom('b1', 'b2', 'constructor', '__proto__'));
const product = fc.record(
  { product_id: productId, sku: productId, price: hostileJson, currency: or(fc.constant('EUR')), name: or(fc.constant('Emma')), url: hostileJson, image_url: hostileJson, quantity: hostileJson, author: hostileJson, title: hostileJson },
  { requiredKeys: ['product_id'] },
);
const properties = or(
  fc.oneof(
    product,
    fc.record({ products: fc.array(or(product), { maxLength: 3 }), total: hostileJson, currency: hostileJson, order_id: hostileJson }),
    fc.record({ campaign: hostileJson, step: hostileJson, topic: or(fc.constantFrom('offers', '*', 'constructor', '__proto__')), survey: hostileJson, answer: hostileJson, previous_at_ms: hostileJson, product_id: productId, available: hostileJson, reviews: hostileJson, related: hostileJson }),
  ),
);
const traits = or(fc.dictionary(fc.oneof(fc.constantFrom('email', 'first_name', 'marketing_consent', 'locale', 'timezone', ...hostileNames), fc.string({ maxLength: 6 })), hostileJson, { maxKeys: 6 }));
const name = or(
  fc.constantFrom('product_viewed', 'add_to_cart', 'remove_from_cart', 'purchase', 'signed_up', 'page_viewed', 'email_opened', 'email_sent', 'email_unsubscribed', 'email_resubscribed', 'product_updated', 'survey_answered', 'constructor', '__proto__', 'toString'),
);

const call = fc.record(
  { event: name, userId: id, anonymousId: id, previousId: id, groupId: id, messageId: or(fc.uuid()), timestamp: time, originalTimestamp: time, sentAt: time, properties, traits, context: or(fc.record({ traits })), integrations: hostileJson },
  { requiredKeys: ['event', 'userId'] },
);

/** An envelope as the edge writes it, around an event that may be anything. */
export const hostileEnvelope: fc.Arbitrary<Envelope> = fc.record({
  v: fc.constant(1 as const),
  type: fc.constantFrom('track' as const, 'track' as const, 'track' as const, 'identify' as const, ...callTypes),
  receivedAtMs: fc.integer({ min: -300, max: 60 }).map((days) => startMs + days * 86_400_000 + 0.5),
  keyId: fc.constant('k'),
  source: fc.constantFrom(...sources),
  requestId: fc.uuid(),
  index: fc.nat(499),
  sentAt: fc.option(time, { nil: undefined }),
  event: fc.oneof({ weight: 9, arbitrary: call as fc.Arbitrary<Record<string, unknown>> }, { weight: 1, arbitrary: fc.dictionary(fc.string(), hostileJson) }),
});
