import { describe, expect, test } from 'vitest';
import { judge, normaliseCode, redeemedEnvelope, type Coupon } from '../../../lambdas/domain/campaigns/coupons.ts';
import { redemption } from '../../../lambdas/schemas/coupon.ts';
import config from '../../../examples/bookstore/segue.config.ts';
import { anasCoupon as coupon } from '../../support/coupons.ts';
import { envelopeFrom, eventFrom, hourMs, startMs } from '../../support/events.ts';

test.each(['ABCDE-23456', 'abcde23456', ' abcde - 23456 ', 'ABCDE\u201323456', 'ab-cd-e2\u00a03456'])('reads %j as the same code', (typed) => {
  expect(normaliseCode(typed)).toBe('ABCDE23456');
});

describe('judgement', () => {
  const order = { code: 'ABCDE23456', orderId: 'o1' };
  const nowMs = startMs + hourMs;
  const redeemed: Coupon = { ...coupon, redeemedAtMs: startMs + 10, orderId: 'o1' };

  test.each([
    ['the person, in time', coupon, { userId: 'ana' }],
    ['a guest', coupon, {}],
    ['an order with one of the products', coupon, { productIds: ['b9', 'b1'] }],
  ])('lets %s redeem', (_who, stored, change) => {
    expect(judge(stored, { ...order, ...change }, nowMs)).toEqual({ kind: 'redeemable', coupon: stored });
  });

  test.each<[string, Coupon | undefined, object, number, RegExp]>([
    ['an unknown code', undefined, {}, 404, /no such coupon/],
    ['somebody else', coupon, { userId: 'ben' }, 409, /another person/],
    ['somebody else with the order of the first', redeemed, { userId: 'ben' }, 409, /another person/],
    ['a second order', redeemed, { orderId: 'o2' }, 409, /already redeemed/],
    ['an order without its products', coupon, { productIds: ['b2', 'b3'] }, 409, /other products: b1/],
    ['one that expires now', { ...coupon, expiresAtMs: nowMs }, {}, 410, /expired at 2026-03-01T01:00:00/],
    ['a second order after the end', { ...redeemed, expiresAtMs: nowMs }, { orderId: 'o2' }, 409, /already redeemed/],
  ])('refuses %s', (_what, stored, change, status, reason) => {
    expect(judge(stored, { ...order, ...change }, nowMs)).toEqual({ kind: 'refused', status, reason: expect.stringMatching(reason) });
  });

  test('gives the same order the same answer, even after the coupon has expired', () => {
    expect(judge(redeemed, { ...order, productIds: ['b2'] }, coupon.expiresAtMs + hourMs)).toEqual({ kind: 'redeemed', coupon: redeemed });
  });

  test('goes by the owner that a visitor turned out to be', () => {
    const visitors = { ...coupon, userKey: 'a#device1' };
    expect(judge(visitors, { ...order, userId: 'ana' }, nowMs, 'u#ana').kind).toBe('redeemable');
    expect(judge(visitors, { ...order, userId: 'ana' }, nowMs).kind).toBe('refused');
    // A known person may be called like somebody's device.
    expect(judge(visitors, { ...order, userId: 'device1' }, nowMs).kind).toBe('refused');
  });
});

describe('the event of a redemption', () => {
  const redeemed = { ...coupon, redeemedAtMs: startMs + 10, orderId: 'o1' };

  test('is one of the person, at the time of the redemption, and does not hold the code', () => {
    const { partitionKey, envelope } = redeemedEnvelope(redeemed, 'k1');
    expect(partitionKey).toBe('ana');
    expect(eventFrom(envelopeFrom(JSON.stringify(envelope)), config)).toMatchObject({
      name: 'coupon_redeemed',
      userKey: 'u#ana',
      atMs: startMs + 10,
      source: 'server',
      properties: { campaign: 'abandoned_cart', step: 'offer', order_id: 'o1', percent: 15, coupon: expect.any(String) },
    });
    expect(JSON.stringify(envelope)).not.toContain(coupon.code);
  });

  test('has one message id for each code, so that repeating it counts once', () => {
    const idOf = (change: Partial<typeof redeemed>) => redeemedEnvelope({ ...redeemed, ...change }, 'k1').envelope.event.messageId;
    expect(idOf({})).toBe(idOf({ redeemedAtMs: startMs + 99 }));
    expect(idOf({})).not.toBe(idOf({ code: 'ABCDE23457' }));
  });

  test('of a visitor goes to the visitor', () => {
    expect(redeemedEnvelope({ ...redeemed, userKey: 'a#device1' }, 'k1').envelope.event).toMatchObject({ anonymousId: 'device1' });
  });
});

test.each([
  ['no order', { code: 'A' }, 'orderId'],
  ['an empty order', { code: 'A', orderId: '' }, 'orderId'],
  ['a code without letters or digits', { code: ' - ', orderId: 'o1' }, 'code'],
  ['a code that is a number', { code: 7, orderId: 'o1' }, 'code'],
  ['no products', { code: 'A', orderId: 'o1', productIds: [] }, 'productIds'],
  ['an endless code', { code: 'A'.repeat(65), orderId: 'o1' }, 'code'],
])('a request with %s does not fit the schema', (_what, body, field) => {
  const { error } = redemption.safeParse(body);
  expect(error?.issues.map(({ path }) => path[0])).toEqual([field]);
});
