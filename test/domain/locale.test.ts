import fc from 'fast-check';
import coverage from 'cldr-core/coverageLevels.json' with { type: 'json' };
import { expect, test } from 'vitest';
import { formatMoney } from '../../lambdas/domain/emails/money.ts';
import { knownLocale, languageFor, readLocales, writtenLocale } from '../../lambdas/domain/locale.ts';

test('every locale that Unicode covers in full is read, as POSIX writes it and in any case', () => {
  const locales = Object.entries(coverage.effectiveCoverageLevels).flatMap(([locale, level]) => (level === 'modern' && locale !== 'und' ? [locale] : []));
  expect(locales.length).toBeGreaterThan(400);
  for (const locale of locales) {
    const expected = Intl.getCanonicalLocales(locale);
    expect([readLocales(locale), readLocales(`${locale.replaceAll('-', '_')}.UTF-8`), readLocales(locale.toUpperCase())], locale).toEqual([expected, expected, expected]);
  }
});

test.each([
  ['de_DE.UTF-8', ['de-DE']],
  ['de_DE@euro', ['de-DE']],
  ['DE', ['de']],
  ['zh_Hans_CN', ['zh-Hans-CN']],
  [' pt-br ', ['pt-BR']],
  ['iw_IL', ['he-IL']],
  ['de-DE;q=0.9,en;q=0.8', ['de-DE', 'en']],
  ['en;q=0.2, de-DE ; Q=0.9 , fr', ['fr', 'de-DE', 'en']],
  // RFC 9110, 12.5.4: "I prefer Danish, but will accept British English and other types of English".
  ['da, en-gb;q=0.8, en;q=0.7', ['da', 'en-GB', 'en']],
  ['fr-CH, *;q=0.5, de;q=0', ['fr-CH']],
  ['xx, nl', ['nl']],
])('%s is %j', (text, expected) => {
  expect(readLocales(text)).toEqual(expected);
});

test.each(['', ' ', '*', 'C', 'C.UTF-8', 'POSIX', 'german', 'Deutschland', 'null', 'undefined', 'xx', '1031', 'constructor', '__proto__', '\0', ',;,;q=1', 'x'.repeat(10_000)])('%j names none', (text) => {
  expect(readLocales(text)).toEqual([]);
  expect(knownLocale(text)).toBe('en');
});

test('of several locales the first that is written counts', () => {
  expect(writtenLocale(['fr', 'de-AT', 'en'], ['en', 'de'])).toBe('de-AT');
  expect(writtenLocale(['fr'], ['en', 'de'])).toBeUndefined();
  expect([languageFor('pt-BR', ['pt', 'pt-br']), languageFor('pt-PT', ['pt', 'pt-br']), languageFor('constructor', ['en'])]).toEqual(['pt-br', 'pt', undefined]);
});

test('whatever the text says, all that is read can be written with', () => {
  const near = fc.array(fc.tuple(fc.constantFrom('de', 'EN_us', 'zh_Hans', '*', 'x-', 'POSIX', 'sr@latin'), fc.constantFrom('', ';q=0.5', '.UTF-8', ';q=NaN', ';q=1e999', '-u-nu-latn'))).map((parts) => parts.map((pair) => pair.join('')).join(','));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), near), (text) => {
      for (const locale of readLocales(text)) expect(readLocales(locale)).toEqual([locale]);
      expect(formatMoney(12.5, 'EUR', text)).toMatch(/\S/);
    }),
  );
});
