import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sanitise } from '../../../lambdas/domain/events/sanitise.ts';
import type { Envelope } from '../../../lambdas/schemas/event.ts';
import config from '../../../examples/bookstore/segue.config.ts';
import { configWith, envelopeFrom, envelopeOf, eventFrom } from '../../support/events.ts';

const received = Date.parse('2026-03-01T12:00:00Z');
const read = (event: Record<string, unknown>, request: Parameters<typeof envelopeOf>[1] = {}, type: Parameters<typeof envelopeOf>[2] = 'track') =>
  eventFrom(envelopeOf(event, { receivedAtMs: received, ...request }, type), config);

describe('a call becomes an event', () => {
  test('with the name of the call, or an alias of the config', () => {
    expect(read({ event: 'Order Completed' }).name).toBe('purchase');
    expect(read({ event: 'add_to_cart' }).name).toBe('add_to_cart');
    expect(read({ name: 'Home' }, {}, 'page').name).toBe('page_viewed');
    expect(read({ name: 'Home', category: 'Shop', properties: { path: '/', category: 'Own' } }, {}, 'page').properties).toEqual({ name: 'Home', category: 'Own', path: '/' });
    expect(read({ name: null, properties: {} }, {}, 'screen').properties).toEqual({});
    expect(read({ traits: {} }, {}, 'identify').name).toBe('identified');
  });

  test('of a known or an anonymous person, and of both when it says so', () => {
    expect(read({ event: 'x' })).toMatchObject({ userKey: 'u#ana' });
    expect(read({ event: 'x', userId: null, anonymousId: 'd1' })).toMatchObject({ userKey: 'a#d1' });
    expect(read({ event: 'x', anonymousId: 'd1' })).toMatchObject({ userKey: 'u#ana', anonymousKey: 'a#d1' });
    expect(read({ previousId: 'd2' }, {}, 'alias')).toMatchObject({ userKey: 'u#ana', anonymousKey: 'a#d2' });
    expect(() => read({ event: 'x', userId: null })).toThrow('neither userId nor anonymousId');
  });

  test('at the time that it happened: the clock of the device is corrected, the future is now', () => {
    expect(read({ event: 'x', timestamp: '2026-03-01T11:00:00Z' }).atMs).toBe(received - 3_600_000);
    // The device is a day ahead; what it did an hour before sending happened an hour before receipt.
    expect(read({ event: 'x', timestamp: '2026-03-02T11:00:00Z', sentAt: '2026-03-02T12:00:00Z' }).atMs).toBe(received - 3_600_000);
    expect(read({ event: 'x', timestamp: '2026-03-02T11:00:00Z' }, { sentAt: '2026-03-02T12:00:00Z' }).atMs).toBe(received - 3_600_000);
    expect(read({ event: 'x', timestamp: '2031-01-01T00:00:00Z' }).atMs).toBe(received);
    expect(read({ event: 'x' }).atMs).toBe(received);
  });

  test('[H8] that has another hash than one of the same id by another trust', () => {
    const hash = (source: Envelope['source']) => read({ event: 'x', messageId: 'm' }, { source }).messageHash;
    expect(hash('web')).not.toBe(hash('server'));
    expect([hash('email'), hash('import')]).toEqual([hash('server'), hash('server')]);
  });

  test('that is recognised when it comes again, with or without a message id', () => {
    expect(read({ event: 'x', messageId: 'm' }).messageHash).toBe(read({ event: 'y', messageId: 'm' }).messageHash);
    expect(read({ event: 'x', messageId: undefined }, { requestId: 'r', index: 0 }).messageHash).not.toBe(read({ event: 'x', messageId: undefined }, { requestId: 'r', index: 1 }).messageHash);
  });

  test('whose address, name and consent only a server key may set', () => {
    const traits = { email: 'ana@reader.example', marketing_consent: true, first_name: 'Ana', city: 'Hamburg' };
    expect(read({ traits }, { source: 'server' }, 'identify').traits).toEqual(traits);
    expect(read({ traits }, { source: 'web' }, 'identify').traits).toEqual({ city: 'Hamburg' });
    const open = configWith({ webKeys: { mayIdentify: true } });
    expect(eventFrom(envelopeOf({ traits }, { source: 'web' }, 'identify'), open).traits).toEqual(traits);
  });

  test.each(['email_opened', 'email_clicked', 'email_bounced', 'email_complained', 'email_unsubscribed', 'coupon_redeemed', 'survey_answered', 'smoke_test_started', 'smoke_test_continued'])('[H9] is refused from a web key when it says what Segue or its operator did: %s', (event) => {
    expect(() => read({ event }, { source: 'web' })).toThrow(`the event name ${event} is reserved`);
    expect(read({ event }, { source: 'server' }).name).toBe(event);
  });

  test.each(['workflow_ended', 'email_resubscribed'])('[H9] is refused from any key when only Segue can know it: %s', (event) => {
    for (const source of ['web', 'server', 'import'] as const) expect(() => read({ event }, { source }), source).toThrow(event);
    expect(read({ event }, { source: 'email' }).name).toBe(event);
  });

  test('[H9] is refused from a web key when it describes a product', () => {
    expect(() => read({ event: 'product_updated', properties: { product_id: 'b1', name: 'x' } }, { source: 'web' })).toThrow('needs a server key');
  });

  test.each([
    ['{', 'not JSON'],
    ['[]', 'not an envelope'],
    [JSON.stringify({ ...envelopeOf({}), type: 'delete' }), 'not an envelope: type: '],
  ])('or a poison record with its reason: %s', (data, reason) => {
    expect(() => envelopeFrom(data)).toThrow(reason);
  });

  test.each([{ event: '' }, { event: 'x', timestamp: 'yesterday' }, { event: 'x', userId: 'u'.repeat(256) }, { event: 'x', properties: 'none' }])('is refused when it does not fit: %j', (event) => {
    expect(() => read(event)).toThrow(/^not a track call: /);
  });
});

describe('foreign JSON', () => {
  test('loses the keys that reach prototypes, at any depth', () => {
    const hostile = JSON.parse('{"a":{"__proto__":{"admin":true},"constructor":1,"b":[{"prototype":2,"c":3}]}}') as unknown;
    expect(sanitise(hostile)).toEqual({ a: { b: [{ c: 3 }] } });
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  test('is cut to the limits', () => {
    expect((sanitise('x'.repeat(9000)) as string).length).toBe(8192);
    expect(Object.keys(sanitise(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, index]))) as object)).toHaveLength(256);
    expect(sanitise([['😀'.repeat(5000), '\ud800']])).toEqual([['😀'.repeat(4096), '\ufffd']]);
  });

  test('keeps numbers that the database keeps, and the rest as text, as 0 or as nothing', () => {
    expect(sanitise([12.5, -0, 1e-200, 2 ** 53 + 2, -1e308, JSON.parse('1e999')])).toEqual([12.5, 0, 0, '9007199254740994', '-1e+308', null]);
  });

  test('of usual content stays as it is', () => {
    const usual = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.boolean(), fc.constant(null), fc.integer(), fc.double({ min: 0.01, max: 1e6, noNaN: true }), fc.string({ unit: 'binary' }), fc.array(tie('value')), fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), tie('value'))),
    })).value;
    fc.assert(
      fc.property(usual, (value) => {
        expect(sanitise(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('a call is understood as its client means it', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a number as id', { userId: 4711 }, { userKey: 'u#4711' }],
    ['an id that a number would round', { userId: '175928847299117063' }, { userKey: 'u#175928847299117063' }],
    ['a blank id as none', { userId: ' ', anonymousId: 'd1' }, { userKey: 'a#d1' }],
    ['an empty id as none', { userId: '', anonymousId: 'd1' }, { userKey: 'a#d1' }],
    ['an empty array as no properties', { properties: [] }, { properties: {} }],
    ['no message id', { messageId: null }, { name: 'x' }],
    ['an empty message id as none', { messageId: '' }, { name: 'x' }],
    ['an empty time as now', { timestamp: '', sentAt: null }, { atMs: received }],
    ['a zone without a colon', { timestamp: '2026-03-01T13:00:00+0200' }, { atMs: received - 3_600_000 }],
    ['whole minutes', { timestamp: '2026-03-01 11:00Z' }, { atMs: received - 3_600_000 }],
    ['microseconds', { timestamp: '2026-03-01T11:00:00.000123Z' }, { atMs: received - 3_600_000 }],
    ['milliseconds since 1970', { timestamp: received - 1000 }, { atMs: received - 1000 }],
    ['no zone as UTC', { timestamp: '2026-03-01T11:00:00' }, { atMs: received - 3_600_000 }],
    ['a sentAt that is no time as none', { timestamp: '2026-03-01T11:00:00Z', sentAt: 'soon' }, { atMs: received - 3_600_000 }],
    ['context of any kind, which is not read', { context: 'x', integrations: 7 }, { name: 'x' }],
    ['timestamp before originalTimestamp', { timestamp: '2026-03-01T11:00:00Z', originalTimestamp: '2026-03-01T12:00:00Z' }, { atMs: received - 3_600_000 }],
  ])('%s', (_, event, expected) => {
    expect(read({ event: 'x', ...event })).toMatchObject(expected);
  });

  test('traits in the context, under those of the call', () => {
    const traits = (event: object) => read(event as Record<string, unknown>, {}, 'identify').traits;
    expect(traits({ context: { traits: { plan: 'a', city: 'Bonn' } }, traits: { plan: 'b' } })).toEqual({ plan: 'b', city: 'Bonn' });
    expect(traits({ context: { traits: { plan: 'a' } }, traits: [] })).toEqual({ plan: 'a' });
    expect(read({ event: 'x', context: { traits: { plan: 'a' } } }).traits).toEqual({});
  });

  test.each(['undefined', 'NULL', '[object Object]', 'NaN', '0', 'Anonymous', ' guest ', '"null"', '00000000-0000-0000-0000-000000000000'])('nobody is called %s', (id) => {
    expect(read({ event: 'x', userId: id, anonymousId: 'd1' })).not.toHaveProperty('anonymousKey');
    expect(read({ event: 'x', userId: id, anonymousId: 'd1' }).userKey).toBe('a#d1');
    expect(read({ event: 'x', anonymousId: id })).not.toHaveProperty('anonymousKey');
    expect(read({ previousId: id }, {}, 'alias')).not.toHaveProperty('anonymousKey');
    expect(() => read({ event: 'x', userId: undefined, anonymousId: id })).toThrow(`${JSON.stringify(id)} identifies nobody`);
    expect(() => read({ event: 'x', userId: id, anonymousId: undefined })).toThrow('identifies nobody');
  });

  test('0 as a number is nobody, too', () => {
    expect(() => read({ event: 'x', userId: 0 })).toThrow('0 identifies nobody');
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])('an event may be called %s', (event) => {
    expect(read({ event }).name).toBe(event);
  });

  test.each([
    ['1970-01-21T08:29:27Z', 'lies before 2000; were seconds taken for milliseconds?'],
    [1_760_000_000, '1970-01-21T08:53:20.000Z lies before 2000'],
  ])('what lies before 2000 is put aside: %s', (timestamp, reason) => {
    expect(() => read({ event: 'x', timestamp })).toThrow(reason);
  });

  test('of a message id, web keys and server keys have their own', () => {
    const hash = (source: 'web' | 'server' | 'email') => read({ event: 'x', messageId: 'order-1001' }, { source }).messageHash;
    expect(hash('web')).not.toBe(hash('server'));
    expect(hash('email')).toBe(hash('server'));
  });

  test('the digits of a long number are kept in a record', () => {
    const text = JSON.stringify(envelopeOf({ event: 'x', properties: { order_id: 1 } })).replace('"order_id":1', '"order_id":175928847299117063');
    expect(eventFrom(envelopeFrom(text), config).properties).toEqual({ order_id: '175928847299117063' });
  });
});

describe('what a person says', () => {
  const traits = (given: Record<string, unknown>) => read({ traits: given }, {}, 'identify').traits;

  test.each([['TRUE', true], ['yes', true], [1, true], [' On ', true], ['no', false], [0, false], [null, false]])('about consent: %j', (value, expected) => {
    expect(traits({ marketing_consent: value })).toEqual({ marketing_consent: expected });
  });

  test('about consent, and nobody understands, is put aside with the reason', () => {
    expect(() => traits({ marketing_consent: 'maybe' })).toThrow('trait marketing_consent: "maybe" is neither yes nor no; send true or false');
  });

  test('by nothing at all takes nothing away', () => {
    expect(traits({ email: ' ', first_name: '', city: 'Bonn' })).toEqual({ city: 'Bonn' });
  });

  test('of their address is kept in its normal form', () => {
    expect(traits({ email: '\u00a0Ana@Bücher.Example \u200b' })).toEqual({ email: 'Ana@xn--bcher-kva.example' });
    expect(traits({ email: 'ana at example' })).toEqual({ email: 'ana at example' });
  });

  test('in more than a kilobyte is cut when it is text, and dropped when not', () => {
    expect(traits({ about: 'é'.repeat(2000), list: Array.from({ length: 250 }, (_, index) => `item ${index}`) })).toEqual({ about: 'é'.repeat(170) });
  });
});

test.each([['TRUE', true], ['no', false], [0, false], [1, true]])('whether a product is sold: %j', (available, expected) => {
  expect(read({ event: 'product_updated', properties: { product_id: 'b1', available } }).properties.available).toBe(expected);
});

test('whether a product is sold must be said clearly', () => {
  expect(() => read({ event: 'product_updated', properties: { product_id: 'b1', available: 'perhaps' } })).toThrow('available: "perhaps" is neither yes nor no');
});
