import type { DescribedProduct } from '../adapters/catalogue.ts';
import type { SendDecision } from '../domain/campaigns/contact-policy.ts';
import type { StepConfig } from '../schemas/config.ts';
import type { Deps } from './deps.ts';

const maxRelated = 4;

export interface Items {
  items: DescribedProduct[];
  /** Number of products left out because neither the catalogue nor a server key has described them. */
  unknown: number;
}

/** The products that an email shows, described by the catalogue. Products that are no longer sold are left out, and so are those of which only the id is known. */
export async function itemsFor({ catalogue }: Pick<Deps, 'catalogue'>, { shows }: StepConfig, { products }: Extract<SendDecision, { send: true }>): Promise<Items> {
  const described = await Promise.all(products.map((product) => catalogue.describe(product)));
  if (shows !== 'related') return known(described);
  const bought = new Set(products.map(({ productId }) => productId));
  const related = [...new Set(described.flatMap((product) => product?.related ?? []))].filter((id) => !bought.has(id)).slice(0, maxRelated);
  return known(await Promise.all(related.map((productId) => catalogue.describe({ productId }))));
}

function known(products: readonly (DescribedProduct | undefined)[]): Items {
  const sold = products.filter((product) => product !== undefined);
  const items = sold.filter(({ title }) => title !== undefined);
  return { items, unknown: sold.length - items.length };
}
