import type { CouponStore } from '../../lambdas/adapters/coupon-store.ts';
import { normaliseCode, type Coupon } from '../../lambdas/domain/campaigns/coupons.ts';
import { startMs, hourMs } from './events.ts';
import { Trouble } from './fakes.ts';

/** Ana's coupon for one book, made at the start and good for two days. */
export const anasCoupon: Coupon = {
  code: 'ABCDE23456',
  userKey: 'u#ana',
  percent: 15,
  expiresAtMs: startMs + 48 * hourMs,
  productIds: ['b1'],
  campaign: 'abandoned_cart',
  step: 'offer',
  sendId: 's1',
  createdAtMs: startMs,
};

/** The coupons of the control table in memory, with the same conditions as the real ones. */
export class MemoryCoupons implements CouponStore {
  readonly coupons = new Map<string, Coupon>();
  readonly #trouble: Trouble;

  constructor(coupons: readonly Coupon[] = [], trouble = new Trouble()) {
    for (const coupon of coupons) this.coupons.set(coupon.code, structuredClone(coupon));
    this.#trouble = trouble;
  }

  create(coupon: Coupon): Promise<void> {
    return this.#trouble.around(() => {
      const known = this.coupons.get(coupon.code);
      if (known && (known.sendId !== coupon.sendId || known.redeemedAtMs !== undefined)) throw new Error('the coupon exists already');
      this.coupons.set(coupon.code, structuredClone(coupon));
    });
  }

  extend(code: string, productIds: readonly string[]): Promise<boolean> {
    return this.#trouble.around(() => {
      const coupon = this.coupons.get(normaliseCode(code));
      if (coupon === undefined || coupon.redeemedAtMs !== undefined) return false;
      coupon.productIds = [...new Set([...coupon.productIds, ...productIds])];
      return true;
    });
  }

  get(code: string): Promise<Coupon | undefined> {
    return this.#trouble.around(() => structuredClone(this.coupons.get(normaliseCode(code))));
  }

  redeem(code: string, orderId: string, nowMs: number): Promise<boolean> {
    return this.#trouble.around(() => {
      const coupon = this.coupons.get(normaliseCode(code));
      if (coupon === undefined || coupon.redeemedAtMs !== undefined || coupon.expiresAtMs <= nowMs) return false;
      Object.assign(coupon, { orderId, redeemedAtMs: nowMs });
      return true;
    });
  }
}
