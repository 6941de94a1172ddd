import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PoisonRecord } from '../../../lambdas/domain/errors.ts';
import { parseRecord, toDomainEvent } from '../../../lambdas/domain/events/parse.ts';
import { sanitise } from '../../../lambdas/domain/events/sanitise.ts';
import config from '../../../examples/bookstore/segue.config.ts';
import { configWith, envelopeOf } from '../../support/events.ts';

const received = Date.parse('2026-03-01T12:00:00Z');
const read = (event: Record<string, unknown>, request: Parameters<typeof envelopeOf>[1] = {}, type: Parameters<typeof envelopeOf>[2] = 'track') =>
  toDomainEvent(envelopeOf(event, { receivedAtMs: received, ...request }, type), config);

describe('a call becomes an event', () => {
  test('with the name of the call, or an alias of the config', () => {
    expect(read({ event: 'Order Completed' }).name).toBe('purchase');
    expect(read({ event: 'add_to_cart' }).name).toBe('add_to_cart');
    expect(read({ name: 'Home' }, {}, 'page').name).toBe('page_viewed');
    expect(read({ traits: {} }, {}, 'identify').name).toBe('identified');
  });

  test('of a known or an anonymous person, and of both when it says so', () => {
    expect(read({ event: 'x' })).toMatchObject({ userKey: 'u#ana' });
    expect(read({ event: 'x', userId: null, anonymousId: 'd1' })).toMatchObject({ userKey: 'a#d1' });
    expect(read({ event: 'x', anonymousId: 'd1' })).toMatchObject({ userKey: 'u#ana', anonymousKey: 'a#d1' });
    expect(read({ previousId: 'd2' }, {}, 'alias')).toMatchObject({ userKey: 'u#ana', anonymousKey: 'a#d2' });
    expect(() => read({ event: 'x', userId: null })).toThrow(PoisonRecord);
  });

  test('at the time that it happened: the clock of the device is corrected, the future is now', () => {
    expect(read({ event: 'x', timestamp: '2026-03-01T11:00:00Z' }).atMs).toBe(received - 3_600_000);
    // The device is a day ahead; what it did an hour before sending happened an hour before receipt.
    expect(read({ event: 'x', timestamp: '2026-03-02T11:00:00Z', sentAt: '2026-03-02T12:00:00Z' }).atMs).toBe(received - 3_600_000);
    expect(read({ event: 'x', timestamp: '2026-03-02T11:00:00Z' }, { sentAt: '2026-03-02T12:00:00Z' }).atMs).toBe(received - 3_600_000);
    expect(read({ event: 'x', timestamp: '2031-01-01T00:00:00Z' }).atMs).toBe(received);
    expect(read({ event: 'x' }).atMs).toBe(received);
  });

  test('that is recognised when it comes again, with or without a message id', () => {
    expect(read({ event: 'x', messageId: 'm' }).messageHash).toBe(read({ event: 'y', messageId: 'm' }).messageHash);
    expect(read({ event: 'x', messageId: undefined }, { requestId: 'r', index: 0 }).messageHash).not.toBe(read({ event: 'x', messageId: undefined }, { requestId: 'r', index: 1 }).messageHash);
  });

  test('whose address and consent only a server key may set', () => {
    const traits = { email: 'ana@reader.example', marketing_consent: true, first_name: 'Ana' };
    expect(read({ traits }, { source: 'server' }, 'identify').traits).toEqual(traits);
    expect(read({ traits }, { source: 'web' }, 'identify').traits).toEqual({ first_name: 'Ana' });
    const open = configWith({ webKeys: { mayIdentify: true, mayConvert: false } });
    expect(toDomainEvent(envelopeOf({ traits }, { source: 'web' }, 'identify'), open).traits).toEqual(traits);
  });

  test.each(['email_opened', 'coupon_redeemed'])('is refused from a web key when it says what Segue did: %s', (event) => {
    expect(() => read({ event }, { source: 'web' })).toThrow(`the event name ${event} is reserved`);
    expect(read({ event }, { source: 'server' }).name).toBe(event);
  });

  test.each([
    ['{', 'not JSON'],
    ['[]', 'not an envelope'],
    [JSON.stringify({ ...envelopeOf({}), type: 'delete' }), 'not an envelope: type: '],
  ])('or a poison record with its reason: %s', (data, reason) => {
    expect(() => parseRecord(data)).toThrow(reason);
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

  test('is cut to the limits, and otherwise stays as it is', () => {
    expect((sanitise('x'.repeat(9000)) as string).length).toBe(8192);
    expect(Object.keys(sanitise(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, index]))) as object)).toHaveLength(256);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        expect(JSON.stringify(sanitise(value))).toBe(JSON.stringify(value, (key, inner: unknown) => (['__proto__', 'constructor', 'prototype'].includes(key) ? undefined : inner)));
      }),
    );
  });
});
