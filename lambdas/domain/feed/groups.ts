import type { FeedProduct } from './product.ts';

/**
 * Products that stand for their variants. Shops' pages often send the id that all variants share (`item_group_id`), which has no item of its own: it is shown as its
 * first variant that can be bought, with a price only where all variants have the same.
 */
export class Groups {
  readonly #groups = new Map<string, { product: FeedProduct; hasOnePrice: boolean }>();

  add({ id: _variant, groupId, ...rest }: FeedProduct): void {
    if (groupId === undefined) return;
    const product: FeedProduct = { id: groupId, ...rest };
    const known = this.#groups.get(groupId);
    if (known === undefined) {
      this.#groups.set(groupId, { product, hasOnePrice: true });
      return;
    }
    known.hasOnePrice &&= known.product.details.price === product.details.price && known.product.details.currency === product.details.currency;
    if (!known.product.details.available && product.details.available) known.product = product;
  }

  /** @param isTaken has an item of its own */
  products(isTaken: (id: string) => boolean): FeedProduct[] {
    return [...this.#groups].flatMap(([id, { product, hasOnePrice }]) => {
      if (isTaken(id)) return [];
      const { price: _price, currency: _currency, ...others } = product.details;
      return [hasOnePrice ? product : { ...product, details: others as FeedProduct['details'] }];
    });
  }
}
