import type { CouponStore } from '../adapters/coupon-store.ts';
import type { ProfileStore } from '../adapters/profiles/profile-store.ts';
import { wholeProfile } from '../adapters/profiles/whole-profile.ts';
import { judge, mayHaveMoved, type Coupon, type Verdict } from '../domain/campaigns/coupons.ts';
import type { Redemption } from '../schemas/coupon.ts';

export interface RedeemDeps {
  coupons: Pick<CouponStore, 'get' | 'redeem'>;
  profiles: Pick<ProfileStore, 'load'>;
  now: () => number;
}

type Settled = Exclude<Verdict, { kind: 'redeemable' }>;

/** Reads the coupon, decides and redeems it. When two orders ask at the same time, a conditional update decides. */
export async function redeem({ coupons, profiles, now }: RedeemDeps, request: Redemption): Promise<Settled> {
  const nowMs = now();
  const look = async (): Promise<Verdict> => {
    const coupon = await coupons.get(request.code);
    return judge(coupon, request, nowMs, coupon && (await ownerOf(profiles, coupon, request)));
  };
  const verdict = await look();
  if (verdict.kind !== 'redeemable') return verdict;
  if (await coupons.redeem(request.code, request.orderId, nowMs)) {
    return { kind: 'redeemed', coupon: { ...verdict.coupon, redeemedAtMs: nowMs, orderId: request.orderId } };
  }
  // Another request came first, perhaps one of the same order.
  const second = await look();
  if (second.kind === 'redeemable') throw new Error('the table refuses a coupon that is still redeemable');
  return second;
}

async function ownerOf(profiles: RedeemDeps['profiles'], coupon: Coupon, request: Redemption): Promise<string> {
  if (!mayHaveMoved(coupon, request)) return coupon.userKey;
  return (await wholeProfile(profiles, coupon.userKey)).userKey;
}
