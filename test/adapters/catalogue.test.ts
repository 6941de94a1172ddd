import { expect, test } from 'vitest';
import { createCatalogue } from '../../lambdas/adapters/catalogue.ts';
import { startMs, track } from '../support/events.ts';

test('the catalogue takes the ids that carts have, and leaves those that DynamoDB would refuse', async () => {
  const saved: string[] = [];
  const catalogue = createCatalogue({ saveProduct: async (id) => void saved.push(id), product: async () => undefined });
  for (const properties of [{ product_id: 'b1' }, { sku: 7 }, { product_id: '' }, { id: 'x'.repeat(201) }, {}]) {
    await catalogue.save(track('product_updated', startMs, properties));
  }
  expect(saved).toEqual(['b1', '7']);
});
