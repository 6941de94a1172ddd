import { namesOf, objectsIn, present, type Preset } from './preset.ts';

/** Segment's e-commerce spec, versions 1 and 2, which RudderStack uses as well. Its product properties are those of Segue. */
export const segmentEcommerce: Preset = {
  names: namesOf(
    {
      viewed: ['Product Viewed', 'Viewed Product'],
      added: ['Product Added', 'Added Product', 'Wishlist Product Added to Cart'],
      removed: ['Product Removed', 'Removed Product'],
      bought: ['Order Completed', 'Completed Order'],
    },
    {
      products_searched: ['Products Searched'],
      product_list_viewed: ['Product List Viewed', 'Viewed Product Category'],
      product_clicked: ['Product Clicked'],
      product_added_to_wishlist: ['Product Added to Wishlist'],
      product_removed_from_wishlist: ['Product Removed from Wishlist'],
      product_reviewed: ['Product Reviewed'],
      cart_viewed: ['Cart Viewed'],
      checkout_started: ['Checkout Started'],
      payment_info_entered: ['Payment Info Entered'],
      order_updated: ['Order Updated'],
      order_refunded: ['Order Refunded'],
      order_cancelled: ['Order Cancelled'],
    },
  ),
  read({ products, ...rest }) {
    const list = objectsIn(products);
    // `total` is the amount that was paid; version 1 has `revenue` or `value` alone.
    return { ...rest, ...present({ total: rest.total ?? rest.revenue ?? rest.value }), ...(list.length > 0 && { products: list }) };
  },
};
