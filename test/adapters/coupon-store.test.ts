import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCouponStore, type CouponStore } from '../../lambdas/adapters/coupon-store.ts';
import { anasCoupon } from '../support/coupons.ts';
import { startDynamo } from '../support/dynamo.ts';
import { hourMs, startMs } from '../support/events.ts';

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let coupons: CouponStore;
let counter = 0;

beforeAll(async () => {
  dynamo = await startDynamo();
  coupons = createCouponStore(dynamo.documents, 'control');
});
afterAll(() => dynamo.stop());

const nowMs = startMs + hourMs;
const fresh = () => ({ ...anasCoupon, code: `CODE${(counter += 1)}` });
async function stored() {
  const coupon = fresh();
  await coupons.create(coupon);
  return coupon;
}

describe('a coupon', () => {
  test('comes back as it was stored, by its code as people type it', async () => {
    const coupon = await stored();
    expect(await coupons.get(coupon.code)).toEqual(coupon);
    expect(await coupons.get(`co-de ${coupon.code.slice(4)}`)).toEqual(coupon);
    expect(await coupons.get('NOSUCHCODE')).toBeUndefined();
  });

  test('may be good for everything, and stays so', async () => {
    const coupon = { ...fresh(), productIds: [] };
    await coupons.create(coupon);
    expect(await coupons.get(coupon.code)).toEqual(coupon);
    expect(await coupons.extend(coupon.code, ['b9'])).toBe(true);
    expect((await coupons.get(coupon.code))?.productIds).toEqual([]);
    await coupons.redeem(coupon.code, 'o1', nowMs);
    expect(await coupons.extend(coupon.code, [])).toBe(false);
  });

  test('leaves the table a year after its end', async () => {
    const { code, expiresAtMs } = await stored();
    const { Item } = await dynamo.documents.send(new GetCommand({ TableName: 'control', Key: { kind: 'coupon', id: code } }));
    expect(Item?.expiresAtS).toBe(expiresAtMs / 1000 + 365 * 86_400);
  });

  test('is replaced by another attempt of its send, and by nothing else', async () => {
    const coupon = await stored();
    const later = { ...coupon, expiresAtMs: coupon.expiresAtMs + hourMs, productIds: ['b2'] };
    await coupons.create(later);
    expect(await coupons.get(coupon.code)).toEqual(later);
    await expect(coupons.create({ ...coupon, sendId: 's2' })).rejects.toThrow('the coupon of send s2 exists already');
    await coupons.redeem(coupon.code, 'o1', nowMs);
    await expect(coupons.create(coupon)).rejects.toThrow('redeemed');
    expect(await coupons.get(coupon.code)).toMatchObject({ orderId: 'o1' });
  });

  test('is extended to the products of a later email, until it is redeemed', async () => {
    const { code } = await stored();
    expect(await coupons.extend(code, ['b1', 'b2'])).toBe(true);
    expect((await coupons.get(code))?.productIds.toSorted()).toEqual(['b1', 'b2']);
    await coupons.redeem(code, 'o1', nowMs);
    expect(await coupons.extend(code, ['b3'])).toBe(false);
    expect(await coupons.extend('NOSUCHCODE', ['b3'])).toBe(false);
    expect(await coupons.get('NOSUCHCODE')).toBeUndefined();
  });
});

describe('redeeming', () => {
  test('notes order and time, once', async () => {
    const coupon = await stored();
    expect(await coupons.redeem(coupon.code, 'o1', nowMs)).toBe(true);
    expect(await coupons.redeem(coupon.code, 'o2', nowMs + 1)).toBe(false);
    expect(await coupons.get(coupon.code)).toEqual({ ...coupon, orderId: 'o1', redeemedAtMs: nowMs });
  });

  test('works until the coupon expires, and makes none', async () => {
    const { code, expiresAtMs } = await stored();
    expect(await coupons.redeem(code, 'o1', expiresAtMs)).toBe(false);
    expect(await coupons.redeem(code, 'o1', expiresAtMs - 1)).toBe(true);
    expect(await coupons.redeem('NOSUCHCODE', 'o1', nowMs)).toBe(false);
  });
});

test('trouble with the table is not taken for a refusal', async () => {
  await expect(createCouponStore(dynamo.documents, 'nosuchtable').redeem('A', 'o1', nowMs)).rejects.toThrow(/not found/i);
});
