import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createCouponStore } from '../../lambdas/adapters/coupon-store.ts';
import type { Coupon } from '../../lambdas/domain/campaigns/coupons.ts';
import { memoryDocuments } from '../support/memory-dynamo.ts';

/** What one function does between two calls of another. */

const coupon = (more: Partial<Coupon> = {}): Coupon => ({ code: 'ABCDE23456', userKey: 'u#ana', percent: 15, expiresAtMs: 9_000, productIds: ['b1'], campaign: 'cart', step: 'offer', sendId: 's1', createdAtMs: 1, ...more });

describe('a coupon', () => {
  test('that is redeemed while a later email is made is not extended', async () => {
    let race: (() => Promise<unknown>) | undefined;
    const documents = memoryDocuments(async (command) => {
      if (!(command instanceof UpdateCommand)) return;
      const run = race;
      race = undefined;
      await run?.();
    });
    const coupons = createCouponStore(documents, 'control');
    await coupons.create(coupon());
    race = () => coupons.redeem('ABCDE23456', 'o1', 100);
    expect(await coupons.extend('ABCDE23456', ['b2'])).toBe(false);
    expect(await coupons.get('ABCDE23456')).toMatchObject({ productIds: ['b1'], orderId: 'o1' });
  });

  test('that is redeemed is not shown again, even if it was good for everything', async () => {
    const coupons = createCouponStore(memoryDocuments(), 'control');
    await coupons.create(coupon({ productIds: [] }));
    await coupons.redeem('ABCDE23456', 'o1', 100);
    expect(await coupons.extend('ABCDE23456', ['b2'])).toBe(false);
  });
});
