import { expect, test } from 'vitest';
import { initialThresholds, thresholdsInForce } from '../../../lambdas/domain/rules/thresholds.ts';
import bookstore from '../../../examples/bookstore/segue.config.ts';

test('the values in force are those of the config until there is a version', () => {
  expect(thresholdsInForce(bookstore, undefined)).toEqual(initialThresholds(bookstore));
  expect(initialThresholds(bookstore)).toEqual({ engaged: { enter: 50, exit: 40 } });
});

test('calibrated values of thresholds that the config no longer has are ignored', () => {
  const record = { values: { engaged: { enter: 55, exit: 44 }, gone: { enter: 1, exit: 1 } } };
  expect(thresholdsInForce(bookstore, record)).toEqual({ engaged: { enter: 55, exit: 44 } });
});
