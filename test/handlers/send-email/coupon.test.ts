import { describe, expect, test } from 'vitest';
import { SendThrottled } from '../../../lambdas/domain/errors.ts';
import { sendIdOf } from '../../../lambdas/domain/campaigns/send-id.ts';
import { normaliseCode } from '../../../lambdas/domain/campaigns/coupons.ts';
import { hourMs } from '../../support/events.ts';
import { Trouble } from '../../support/fakes.ts';
import { added, hello, nowMs, world } from '../../support/send-world.ts';

describe('the coupon of an offer', () => {
  const offerId = sendIdOf('abandoned_cart-1', 'offer');

  test('is bound to the person and the products of the email, and exists before it goes out', async () => {
    const w = world([hello, added], new Trouble(), {}, new Trouble([[1, 'before']]));
    await expect(w.handle()).rejects.toThrow('trouble');
    expect(w.mails).toEqual([]);
    expect(await w.handle()).toMatchObject({ outcome: 'sent', confirmed: true });
    const { code, expiresAtMs } = w.sends.records.get(offerId)?.discount ?? { code: '', expiresAtMs: 0 };
    expect([...w.coupons.coupons.values()]).toEqual([
      { code: normaliseCode(code), userKey: 'u#ana', percent: 15, expiresAtMs, productIds: ['b1'], campaign: 'abandoned_cart', step: 'offer', sendId: offerId, createdAtMs: nowMs },
    ]);
    expect(w.mails[0]?.text).toContain(code);
  });

  test('lasts as long as the email says that was sent in the end', async () => {
    const w = world();
    w.ses.failure = new SendThrottled('slow down');
    await expect(w.handle()).rejects.toThrow();
    delete w.ses.failure;
    w.clock.nowMs += hourMs;
    await w.handle();
    expect([...w.coupons.coupons.values()].map(({ expiresAtMs }) => expiresAtMs)).toEqual([w.sends.records.get(offerId)?.discount?.expiresAtMs]);
  });

  const clickedOffer = async () => {
    const w = world([hello, added]);
    await w.handle();
    await w.sends.revise(offerId, (record) => ({ ...record, clickedAtMs: nowMs }));
    const { discount } = w.sends.records.get(offerId) ?? {};
    const coupon = w.coupons.coupons.get(normaliseCode(discount?.code ?? ''));
    if (discount === undefined || coupon === undefined) throw new Error('the offer has no coupon');
    return { w, discount, coupon };
  };

  test('is the same in the reminder, and counts for what that shows', async () => {
    const { w, discount, coupon } = await clickedOffer();
    coupon.productIds = ['b0'];
    await w.handle({ step: 'reminder' });
    expect(w.sends.records.get(sendIdOf('abandoned_cart-1', 'reminder'))?.discount).toEqual(discount);
    expect([...w.coupons.coupons.values()]).toEqual([{ ...coupon, productIds: ['b0', 'b1'] }]);
  });

  test('is not shown again once it is redeemed or over', async () => {
    const used = await clickedOffer();
    await used.w.coupons.redeem(used.discount.code, 'o1', nowMs);
    const over = await clickedOffer();
    over.w.clock.nowMs = over.discount.expiresAtMs;
    for (const { w, discount } of [used, over]) {
      expect(await w.handle({ step: 'reminder' })).toMatchObject({ outcome: 'sent' });
      expect(w.mails[1]?.text).not.toContain(discount.code);
    }
  });
});
