import { valueAt, type Properties } from './filters.ts';
import { isObject, namesOf, objectsIn, present, type Preset } from './preset.ts';

/**
 * Standard events of Shopify's web pixels: the properties are the event's `data`, or the event itself. What is not named here is left out:
 * a checkout holds addresses and phone numbers that nothing reads.
 * @see https://shopify.dev/docs/api/web-pixels-api/standard-events
 */
export const shopify: Preset = {
  names: namesOf(
    { viewed: ['product_viewed'], added: ['product_added_to_cart'], removed: ['product_removed_from_cart'], bought: ['checkout_completed'] },
    {
      page_viewed: ['page_viewed'],
      products_searched: ['search_submitted'],
      product_list_viewed: ['collection_viewed'],
      cart_viewed: ['cart_viewed'],
      checkout_started: ['checkout_started'],
      payment_info_entered: ['payment_info_submitted'],
    },
  ),
  read(properties) {
    const data = isObject(properties.data) ? properties.data : properties;
    const { productVariant, cartLine, cart, checkout, collection, searchResult } = data;
    const parts = [productVariant, cartLine, cart, checkout, collection, searchResult];
    // The shop's own event of the same name.
    if (!parts.some(isObject)) return properties;
    const products = [
      ...(isObject(productVariant) ? [readVariant(productVariant)] : []),
      ...(isObject(cartLine) ? [readLine(cartLine)] : []),
      ...objectsIn(valueAt(data, 'cart.lines')).map(readLine),
      ...objectsIn(valueAt(data, 'checkout.lineItems')).map(readLine),
    ];
    return present({
      cart_id: valueAt(data, 'cart.id'),
      checkout_id: valueAt(data, 'checkout.token'),
      order_id: lastPart(valueAt(data, 'checkout.order.id')) ?? valueAt(data, 'checkout.token'),
      total: valueAt(data, 'checkout.totalPrice.amount') ?? valueAt(data, 'cart.cost.totalAmount.amount'),
      currency:
        valueAt(data, 'checkout.totalPrice.currencyCode') ??
        valueAt(data, 'checkout.currencyCode') ??
        valueAt(data, 'cart.cost.totalAmount.currencyCode'),
      category: valueAt(data, 'collection.title'),
      query: valueAt(data, 'searchResult.query'),
      ...(products.length > 0 && { products }),
    });
  },
};

/** A line of a cart has its variant in `merchandise`, one of a checkout in `variant`. */
function readLine({ merchandise, variant, quantity, title }: Properties): Properties {
  const part = isObject(merchandise) ? merchandise : isObject(variant) ? variant : {};
  return { ...present({ name: title }), ...readVariant(part), ...present({ quantity }) };
}

function readVariant(variant: Properties): Properties {
  return present({
    product_id: lastPart(valueAt(variant, 'product.id')) ?? lastPart(variant.id),
    variant_id: lastPart(variant.id),
    sku: variant.sku,
    name: valueAt(variant, 'product.title'),
    brand: valueAt(variant, 'product.vendor'),
    category: valueAt(variant, 'product.type'),
    variant: variant.title,
    price: valueAt(variant, 'price.amount'),
    currency: valueAt(variant, 'price.currencyCode'),
    url: valueAt(variant, 'product.url'),
    image_url: valueAt(variant, 'image.src'),
  });
}

/** `gid://shopify/Product/1` is the id 1. */
const lastPart = (id: unknown): unknown => (typeof id === 'string' ? id.replace(/^gid:\/\/shopify\/\w+\//, '').replace(/\?.*$/, '') : (id ?? undefined));
