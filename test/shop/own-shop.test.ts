import { expect, test } from 'vitest';
import { checkedShop } from '../../tools/shop/check.ts';

// All that Segue's tests ask of what the owner edits, whatever shop it is: segue.config.ts, emails/ and statemachines/.
test('the shop of this project passes every check', async () => {
  const problems = await checkedShop().then(
    () => [],
    (error: Error) => error.message.split('\n'),
  );
  expect(problems).toEqual([]);
});
