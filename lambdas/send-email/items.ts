import type { DescribedProduct } from '../adapters/catalogue.ts';
import type { SendDecision } from '../domain/campaigns/contact-policy.ts';
import type { StepConfig } from '../schemas/config.ts';
import type { Deps } from './deps.ts';

const maxRelated = 4;

/**
 * The products that an email shows, described by the catalogue. Those that are no longer sold are left out, and so are
 * those of which nothing but the id is known when nobody put them into a cart.
 */
export async function itemsFor({ catalogue }: Pick<Deps, 'catalogue'>, { shows }: StepConfig, { products }: Extract<SendDecision, { send: true }>): Promise<DescribedProduct[]> {
  const described = await Promise.all(products.map((product) => catalogue.describe(product)));
  if (shows !== 'related') return shows === 'views' ? named(described) : present(described);
  const bought = new Set(products.map(({ productId }) => productId));
  const related = [...new Set(described.flatMap((product) => product?.related ?? []))].filter((id) => !bought.has(id)).slice(0, maxRelated);
  return named(await Promise.all(related.map((productId) => catalogue.describe({ productId }))));
}

const present = (products: readonly (DescribedProduct | undefined)[]): DescribedProduct[] => products.filter((product) => product !== undefined);
const named = (products: readonly (DescribedProduct | undefined)[]): DescribedProduct[] => present(products).filter(({ title }) => title !== undefined);
