import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonBytes, mostJsonBytes } from '../../lambdas/domain/storable.ts';

const nasty = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u2028\ud800"\\\u0001', '😀', '__proto__', '', -Number.MAX_VALUE, -5e-324, -Number.MIN_VALUE));

test('the bound of the bytes of JSON is never below them', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), nasty, nasty, (json, key, value) => {
      for (const one of [json, { [String(key)]: value }, [value, json], [[], {}, [[[]]], undefined, null, true]]) expect(mostJsonBytes(one)).toBeGreaterThanOrEqual(jsonBytes(one));
    }),
    { numRuns: 500 },
  );
});

test('an ordinary event is far within what may be kept', () => {
  const event = { product_id: 'book-17', name: 'Book 17', price: 22, currency: 'EUR', url: 'https://lanternbooks.example/books/17' };
  expect(mostJsonBytes(event)).toBeLessThan(1024);
});
