import * as z from 'zod/mini';
import { limits } from './event.ts';

const id = z.string().check(z.minLength(1), z.maxLength(limits.idLength));

/** What a shop's server sends to redeem a coupon. Unknown fields are refused: a misspelt `userId` must not skip its check. */
export const redemption = z.strictObject({
  /** As the person typed it: case, spaces and dashes do not count. */
  code: z.string().check(z.maxLength(64), z.regex(/[A-Za-z0-9]/, 'must have a letter or a digit')),
  /** Who orders. Without it, as in a guest's checkout, the coupon counts for whoever has the code. */
  userId: z.optional(id),
  /** The shop's own; the same order may ask again and gets the same answer. */
  orderId: id,
  /** What is ordered. Without it, the shop itself applies the discount to the products of the answer only. */
  productIds: z.optional(z.array(id).check(z.minLength(1), z.maxLength(500))),
});
export type Redemption = z.infer<typeof redemption>;

/** JSON Schema (draft 4) of the body. Unknown fields are left to the function, which names them in its answer. */
export function redemptionModel(): Record<string, unknown> {
  const { additionalProperties: _, ...model } = z.toJSONSchema(redemption, { target: 'draft-04', io: 'input' }) as Record<string, unknown>;
  return { ...model, title: 'redemption of a coupon' };
}
