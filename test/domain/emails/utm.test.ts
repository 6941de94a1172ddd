import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeUrl, withUtm } from '../../../lambdas/domain/emails/utm.ts';

describe('safeUrl', () => {
  const hosts = ['lanternbooks.example', 'Bücher.example', 'localhost'];

  it.each([
    ['https://lanternbooks.example/emma', 'https://lanternbooks.example/emma'],
    ['https://LanternBooks.example', 'https://lanternbooks.example/'],
    ['https://img.lanternbooks.example/a.jpg?w=88#x', 'https://img.lanternbooks.example/a.jpg?w=88#x'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://lanternbooks.example\\@evil.example/', 'https://lanternbooks.example/@evil.example/'],
    ['http://localhost:3000/emma', 'http://localhost:3000/emma'],
  ])('lets %s pass', (url, expected) => {
    expect(safeUrl(url, hosts)).toBe(expected);
  });

  it.each([
    undefined,
    '',
    '/emma',
    '//lanternbooks.example/emma',
    'javascript:alert(1)',
    'java\nscript:alert(1)//lanternbooks.example',
    'data:text/html,<script>alert(1)</script>',
    'http://lanternbooks.example/',
    'https://evil.example/?lanternbooks.example',
    'https://lanternbooks.example.evil.example/',
    'https://evillanternbooks.example/',
    'https://lanternbooks.example@evil.example/',
    'https://user@lanternbooks.example/',
    'https://:secret@lanternbooks.example/',
    'http://127.0.0.1/',
  ])('drops %j', (url) => {
    expect(safeUrl(url, hosts)).toBeUndefined();
  });

  it('lets http pass on this machine only if the machine is allowed', () => {
    expect(safeUrl('http://127.0.0.1:8080/', ['127.0.0.1'])).toBe('http://127.0.0.1:8080/');
    expect(safeUrl('http://shop.localhost/', ['localhost'])).toBeUndefined();
  });

  it('drops what is longer than clients take', () => {
    expect(safeUrl(`https://lanternbooks.example/${'a'.repeat(2048)}`, hosts)).toBeUndefined();
  });

  it('allows nothing when no host, or no possible host, is allowed', () => {
    expect(safeUrl('https://lanternbooks.example/', [])).toBeUndefined();
    expect(safeUrl('https://lanternbooks.example/', ['', 'not a host'])).toBeUndefined();
  });

  it('changes nothing when applied twice, and only ever answers an allowed https URL', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string()), fc.domain(), (url, host) => {
        const hostOfUrl = URL.parse(url)?.hostname ?? host;
        for (const allowed of [host, hostOfUrl]) {
          const safe = safeUrl(url, [allowed]);
          if (safe === undefined) continue;
          expect(safeUrl(safe, [allowed])).toBe(safe);
          expect(new URL(safe).protocol).toBe('https:');
          expect(`.${new URL(safe).hostname}`.endsWith(`.${allowed.toLowerCase()}`)).toBe(true);
        }
      }),
    );
  });
});

describe('withUtm', () => {
  const utm = { source: 'segue', medium: 'email', campaign: 'abandoned_cart', content: 'offer & more' };
  const query = 'utm_source=segue&utm_medium=email&utm_campaign=abandoned_cart&utm_content=offer%20%26%20more';

  it.each([
    ['https://shop.example/emma', `https://shop.example/emma?${query}`],
    ['https://shop.example/emma#reviews', `https://shop.example/emma?${query}#reviews`],
    ['https://shop.example/?a=b%20c+d&sig=%2F&e', `https://shop.example/?a=b%20c+d&sig=%2F&e&${query}`],
    ['https://shop.example/?utm_source=ad&utm_term=x&utm_content', `https://shop.example/?utm_term=x&${query}`],
    ['https://shop.example/??a&&b', `https://shop.example/??a&&b&${query}`],
    ['https://shop.example/?', `https://shop.example/?${query}`],
  ])('of %s is %s', (url, expected) => {
    expect(withUtm(url, utm)).toBe(expected);
  });

  it('throws for a URL without host', () => {
    expect(() => withUtm('/cart', utm)).toThrow(TypeError);
  });

  it('can be read back, keeps all else, and changes nothing when applied twice', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true, withFragments: true }),
        fc.record({ source: text, medium: text, campaign: text, content: text }),
        (url, values) => {
          const marked = withUtm(url, values);
          expect(withUtm(marked, values)).toBe(marked);
          const before = new URL(url);
          const after = new URL(marked);
          for (const [name, value] of Object.entries(values)) expect(after.searchParams.getAll(`utm_${name}`)).toEqual([value]);
          for (const name of Object.keys(values)) after.searchParams.delete(`utm_${name}`);
          before.searchParams.sort();
          after.searchParams.sort();
          expect(after.href.replace('?#', '#')).toBe(before.href.replace('?#', '#'));
        },
      ),
    );
  });
});
