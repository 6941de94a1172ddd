import type { Redemption } from '../../schemas/coupon.ts';
import { isAnonymous, knownKey } from '../events/event.ts';
import { shortHash } from '../hash.ts';
import { ownEnvelope } from '../events/own-event.ts';

/** A discount code that an email carries: for one person, one order, and the products that the email shows. */
export interface Coupon {
  /** As it is stored: capital letters and digits only. */
  code: string;
  userKey: string;
  percent: number;
  expiresAtMs: number;
  productIds: string[];
  campaign: string;
  step: string;
  /** The email that made it; a later one may show it again. */
  sendId: string;
  createdAtMs: number;
  redeemedAtMs?: number;
  orderId?: string;
}

export type RedeemedCoupon = Coupon & Required<Pick<Coupon, 'redeemedAtMs' | 'orderId'>>;

export type Verdict =
  | { kind: 'redeemable'; coupon: Coupon }
  /** Redeemed by this order already: asking again changes nothing. */
  | { kind: 'redeemed'; coupon: RedeemedCoupon }
  | { kind: 'refused'; status: 404 | 409 | 410; reason: string };

/** Case, spaces and dashes that people type make no difference. */
export const normaliseCode = (text: string): string => text.toUpperCase().replace(/[\s\p{Pd}]/gu, '');

/**
 * May this order have the coupon?
 * @param ownerKey the person whose coupon it is now, when the one it was made for has turned out to be somebody known
 */
export function judge(coupon: Coupon | undefined, { orderId, userId, productIds }: Redemption, nowMs: number, ownerKey = coupon?.userKey): Verdict {
  if (coupon === undefined) return refused(404, 'there is no such coupon');
  if (userId !== undefined && knownKey(userId) !== ownerKey) return refused(409, 'this coupon belongs to another person');
  if (isRedeemed(coupon)) return coupon.orderId === orderId ? { kind: 'redeemed', coupon } : refused(409, 'this coupon is already redeemed');
  if (coupon.expiresAtMs <= nowMs) return refused(410, `this coupon expired at ${new Date(coupon.expiresAtMs).toISOString()}`);
  if (productIds && coupon.productIds.length > 0 && !productIds.some((one) => coupon.productIds.includes(one)))
    return refused(409, `this coupon is for other products: ${coupon.productIds.join(', ')}`);
  return { kind: 'redeemable', coupon };
}

const refused = (status: 404 | 409 | 410, reason: string): Verdict => ({ kind: 'refused', status, reason });

const isRedeemed = (coupon: Coupon): coupon is RedeemedCoupon => coupon.redeemedAtMs !== undefined;

/** Was the coupon made for a visitor who may have a known profile by now? */
export const mayHaveMoved = ({ userKey }: Coupon, { userId }: Redemption): boolean => userId !== undefined && isAnonymous(userKey);

/** The redemption as an event of the person; the same each time, so that repeating it counts once. */
export function redeemedEnvelope(coupon: RedeemedCoupon, keyId: string): ReturnType<typeof ownEnvelope> {
  const { code, userKey, campaign, step, percent, orderId, redeemedAtMs } = coupon;
  // Events stay in the archive for long, so they do not hold the code itself.
  const couponHash = shortHash(['coupon', code], 16);
  const properties = { coupon: couponHash, campaign, step, order_id: orderId, percent };
  return ownEnvelope({ userKey, name: 'coupon_redeemed', messageId: `coupon_redeemed:${couponHash}`, properties, receivedAtMs: redeemedAtMs }, { keyId, source: 'server' });
}
