import type { Config } from '../../schemas/config.ts';
import type { Properties } from './filters.ts';
import { ga4 } from './preset-ga4.ts';
import { objectsIn, type Preset, type Role } from './preset.ts';
import { segmentEcommerce } from './preset-segment.ts';
import { shopify } from './preset-shopify.ts';

const presets: Record<Config['presets'][number], Preset> = { 'segment-ecommerce': segmentEcommerce, ga4, shopify };

export interface Named {
  name: string;
  properties: Properties;
}

/**
 * An event in the shop's own words: of the presets that the config lists, the first that knows the event names it and reads its
 * properties; `aliases` go before its name. Several products stand in `products`; a single one that is not bought lies flat, where rules
 * look for its properties.
 */
export function translate({ name, properties }: Named, config: Config): Named {
  const alias = Object.hasOwn(config.aliases, name) ? config.aliases[name] : undefined;
  for (const preset of config.presets) {
    const { names, read } = presets[preset];
    const meaning = names.get(name.toLowerCase());
    if (meaning === undefined) continue;
    const role = 'role' in meaning ? meaning.role : undefined;
    const own = 'name' in meaning ? meaning.name : (config.products?.[meaning.role] ?? name);
    return { name: alias ?? own, properties: inShape(read(properties), role, config) };
  }
  return { name: alias ?? name, properties };
}

function inShape({ products, ...rest }: Properties, role: Role | undefined, { attribution, sender }: Config): Properties {
  const list = objectsIn(products).map((product) => withCurrency(withWholeLinks(product, sender.siteUrl), rest.currency));
  const { revenueProperty } = attribution;
  const isPaid = role === 'bought' && rest.total !== undefined && !Object.hasOwn(rest, revenueProperty);
  const bag = { ...rest, ...(isPaid && !revenueProperty.includes('.') && { [revenueProperty]: rest.total }) };
  const [only] = list;
  if (only !== undefined && list.length === 1 && role !== undefined && role !== 'bought') return { ...bag, ...only };
  return { ...bag, ...(list.length > 0 && { products: list }) };
}

/** A price without a currency is in that of the whole event. */
function withCurrency(product: Properties, currency: unknown): Properties {
  return product.price === undefined || product.currency !== undefined || currency === undefined ? product : { ...product, currency };
}

/** Shops name their own pages and pictures without the host. */
function withWholeLinks(product: Properties, siteUrl: string): Properties {
  const links = (['url', 'image_url'] as const).flatMap((name) => {
    const link = product[name];
    return typeof link === 'string' && /^\/[^\\]/.test(link) && URL.canParse(link, siteUrl) ? [[name, new URL(link, siteUrl).href] as const] : [];
  });
  return links.length === 0 ? product : { ...product, ...Object.fromEntries(links) };
}
