import { GetCommand, PutCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { normaliseCode, type Coupon } from '../domain/campaigns/coupons.ts';
import { expiryS } from '../domain/time.ts';
import { ifConditionHolds } from './conditions.ts';

/** Coupons are stored in the control table. Each method is one call for one item. */
export interface CouponStore {
  /**
   * Stores the coupon of an email that is about to go out. The same send may do so again, as long as nobody has redeemed it.
   * @throws Error when the code is that of another email: then this one must not go out
   */
  create(coupon: Coupon): Promise<void>;
  /**
   * Extends a coupon to the products that a later email shows.
   * @returns false when there is none, or it is redeemed: then that email must not show it
   */
  extend(code: string, productIds: readonly string[]): Promise<boolean>;
  get(code: string): Promise<Coupon | undefined>;
  /** @returns false when it is redeemed already, has expired, or does not exist */
  redeem(code: string, orderId: string, nowMs: number): Promise<boolean>;
}

const kind = 'coupon';
/** Long enough to answer questions about an order. */
const keepDays = 365;

/** DynamoDB has no empty sets: a coupon for everything has none. */
type Item = Omit<Coupon, 'code' | 'productIds'> & { id: string; productIds?: Set<string> };

export function createCouponStore(client: DynamoDBDocumentClient, table: string): CouponStore {
  const keyOf = (code: string) => ({ kind, id: normaliseCode(code) });
  const update = (code: string, expression: string, condition: string, values: Record<string, unknown>): Promise<boolean> =>
    ifConditionHolds(
      client.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(code),
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeValues: values,
        }),
      ),
    );
  const store: CouponStore = {
    async create({ code, productIds, ...coupon }) {
      const expiresAtS = expiryS(coupon.expiresAtMs, keepDays);
      const isOwn = await ifConditionHolds(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...keyOf(code), ...coupon, ...(productIds.length > 0 && { productIds: new Set(productIds) }), expiresAtS },
            ConditionExpression: 'attribute_not_exists(id) OR (sendId = :sendId AND attribute_not_exists(redeemedAtMs))',
            ExpressionAttributeValues: { ':sendId': coupon.sendId },
          }),
        ),
      );
      if (!isOwn) throw new Error(`the coupon of send ${coupon.sendId} exists already, for another send or redeemed`);
    },
    async extend(code, productIds) {
      const coupon = await store.get(code);
      if (coupon === undefined || coupon.redeemedAtMs !== undefined) return false;
      // A coupon that is valid for everything must not be narrowed to some products.
      if (coupon.productIds.length === 0 || productIds.length === 0) return true;
      return update(code, 'ADD productIds :more', 'attribute_exists(id) AND attribute_not_exists(redeemedAtMs)', { ':more': new Set(productIds) });
    },
    async get(code) {
      const { Item: item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(code), ConsistentRead: true }));
      return item && toCoupon(item as Item & Record<string, unknown>);
    },
    redeem: (code, orderId, nowMs) =>
      update(code, 'SET redeemedAtMs = :now, orderId = :order', 'attribute_not_exists(redeemedAtMs) AND expiresAtMs > :now', {
        ':now': nowMs,
        ':order': orderId,
      }),
  };
  return store;
}

function toCoupon({ id, kind: _kind, expiresAtS: _ttl, productIds, ...coupon }: Item & Record<string, unknown>): Coupon {
  return { ...coupon, code: id, productIds: [...(productIds ?? [])] };
}
