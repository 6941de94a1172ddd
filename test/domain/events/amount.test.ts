import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isUnreadable, sumOf, toAmount } from '../../../lambdas/domain/events/amount.ts';

describe('an amount', () => {
  test.each<[unknown, number | undefined]>([
    [19.5, 19.5], ['19.50', 19.5], [' 19.50 ', 19.5], ['19,50', 19.5], ['19,5', 19.5], ['$19.50', 19.5], ['19.50 €', 19.5], ['€ 19,50', 19.5], ['EUR 19.50', 19.5], ['19.50eur', 19.5],
    ['1,000.00', 1000], ['1,000', 1000], ['1,234,567', 1_234_567], ['1.299,00 EUR', 1299], ['£1,299.99', 1299.99], ['-5', -5], ['-$5.00', -5], ['$-5.00', -5], ['0', 0], ['1e3', 1000],
    // Twelve or twelve hundred; and what is no amount at all.
    ['1.234.567', undefined], ['12,3456', undefined], ['1,00,000', undefined], ['free', undefined], ['', undefined], ['$', undefined], ['12 apples', undefined], ['1.2.3', undefined],
    [null, undefined], [undefined, undefined], [true, undefined], [[1], undefined], [NaN, undefined], [Infinity, undefined], ['Infinity', undefined], [2 ** 60, undefined],
  ])('%j is %s', (value, amount) => {
    expect(toAmount(value)).toBe(amount);
  });

  test('that cannot be read is told from one that is not there', () => {
    expect(['free', 2 ** 60, [1], true].map(isUnreadable)).toEqual([true, true, true, true]);
    expect([undefined, null, '', 0, '19,50'].map(isUnreadable)).toEqual([false, false, false, false, false]);
  });

  test('as Intl writes it in a language of Europe or America is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999 }), fc.constantFrom('en-US', 'en-GB', 'de-DE', 'es-ES', 'it-IT', 'nl-NL'), fc.constantFrom('decimal', 'currency'), (cents, locale, style) => {
        const text = new Intl.NumberFormat(locale, { style: style as 'decimal', currency: 'EUR', minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(cents / 100);
        expect(toAmount(text), text).toBe(cents / 100);
      }),
    );
  });

  test('sums are exact in cents, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -10_000_00, max: 10_000_00 }), { maxLength: 200 }), (cents) => {
        const exact = cents.reduce((sum, one) => sum + one, 0) / 100;
        expect(cents.map((one) => one / 100).reduce(sumOf, 0) + 0).toBe(exact + 0);
        expect([...cents].sort((a, b) => a - b).map((one) => one / 100).reduce(sumOf, 0) + 0).toBe(exact + 0);
      }),
    );
  });
});
