import type { Properties } from './filters.ts';
import { isObject, namesOf, objectsIn, present, type Preset } from './preset.ts';

/** Google Analytics 4's recommended events, as `gtag` sends them or as they stand in a data layer, within `ecommerce`. */
export const ga4: Preset = {
  names: namesOf(
    { viewed: ['view_item'], added: ['add_to_cart'], removed: ['remove_from_cart'], bought: ['purchase'] },
    {
      page_viewed: ['page_view'],
      products_searched: ['search', 'view_search_results'],
      product_list_viewed: ['view_item_list'],
      product_clicked: ['select_item'],
      product_added_to_wishlist: ['add_to_wishlist'],
      cart_viewed: ['view_cart'],
      checkout_started: ['begin_checkout'],
      payment_info_entered: ['add_payment_info'],
      order_refunded: ['refund'],
    },
  ),
  read({ ecommerce, ...given }) {
    const { items, value, transaction_id, search_term, ...rest } = isObject(ecommerce) ? { ...given, ...ecommerce } : given;
    const products = objectsIn(items).map(readItem);
    return {
      ...present({ total: value, order_id: transaction_id, query: search_term }),
      ...rest,
      ...(products.length > 0 && { products }),
    };
  },
};

/** @see https://developers.google.com/analytics/devguides/collection/ga4/reference/events */
function readItem({ item_id, item_name, item_brand, item_category, item_variant, ...rest }: Properties): Properties {
  return { ...present({ product_id: item_id, name: item_name, brand: item_brand, category: item_category, variant: item_variant }), ...rest };
}
