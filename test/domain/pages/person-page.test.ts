import { expect, test } from 'vitest';
import { html } from '../../../lambdas/domain/pages/html.ts';
import bookstore from '../../../examples/bookstore/segue.config.ts';
import { languagesOfBrowser, pageLanguage, pageLook } from '../../../lambdas/domain/pages/look.ts';
import type { ConfigInput } from '../../../lambdas/schemas/config.ts';
import { defineConfig } from '../../../lambdas/schemas/define-config.ts';
import { pageTextNames, type PageTexts } from '../../../lambdas/schemas/page-texts.ts';
import { formIn, pageAnswer, personPage } from '../../../lambdas/domain/pages/person-page.ts';

const look = pageLook({ ...bookstore, sender: { ...bookstore.sender, name: 'Ana & Sons' } }, []);
const page = personPage(look, 'Your <emails>', html`<h1>Hello</h1>`);

/** Colours by name, in the light and in the dark scheme. */
const colours = new Map([...page.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)].map(([, name, light, dark]) => [name, [light, dark]] as [string, [string, string]]));

/** As WCAG 2 defines it. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const digits = colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit) : (colour.slice(1).match(/../g) as string[]);
    const [r, g, b] = digits.map((pair) => parseInt(pair, 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

test.each([
  ['ink', 'back', 4.5],
  ['ink', 'card', 4.5],
  ['soft', 'back', 4.5],
  ['soft', 'card', 4.5],
  ['main', 'card', 4.5],
  ['on-main', 'main', 4.5],
  ['wrong', 'back', 3],
  ['main', 'back', 3],
])('%s on %s can be read in both colour schemes', (front, back, least) => {
  for (const scheme of [0, 1] as const) expect(contrast(colours.get(front)?.[scheme] ?? '', colours.get(back)?.[scheme] ?? '')).toBeGreaterThanOrEqual(least);
});

test('names are text, whatever they hold', () => {
  expect(page).toContain('<title>Your &#60;emails&#62; - Ana &#38; Sons</title>');
  expect(page).not.toMatch(/<script|src=|http/);
});

test('[L2] is kept by no cache and framed by no page, and its address is told to no other site', () => {
  const { headers } = pageAnswer(look, 200, page);
  expect(headers).toMatchObject({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });
  expect(headers['Content-Security-Policy']).toMatch(/default-src 'none';.*frame-ancestors 'none'/);
});

test('a form is read as it comes, encoded or not', () => {
  const body = 'comment=a+b%26';
  expect(formIn({ body, isBase64Encoded: false }).get('comment')).toBe('a b&');
  expect(formIn({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true }).get('comment')).toBe('a b&');
  expect([...formIn({ body: null, isBase64Encoded: false })]).toEqual([]);
});

test('a logo stands in the place of the name, and is the only thing that a page may fetch', () => {
  const logo = { url: 'https://cdn.lanternbooks.example/logo.png', widthPx: 160 };
  const branded = pageLook({ ...bookstore, brand: { ...bookstore.brand, logo } }, []);
  expect(personPage(branded, 'Hello', html``)).toContain('<img src="https://cdn.lanternbooks.example/logo.png" width="160" alt="Lantern Books">');
  expect(pageAnswer(branded, 200, '').headers['Content-Security-Policy']).toContain("default-src 'none'; img-src https://cdn.lanternbooks.example; style-src");
  expect(pageAnswer(look, 200, '').headers['Content-Security-Policy']).not.toContain('img-src');
});

test.each([
  [['de-AT'], 'de'],
  [['fr', 'de'], 'de'],
  [[undefined, 'fr'], 'en'],
  [['nonsense!'], 'en'],
  [[], 'en'],
])('for %j the language of the page is %s', (wanted, language) => {
  expect(pageLanguage(['en', 'de'], wanted)).toBe(language);
});

test('languages of a browser are in its order of preference', () => {
  expect(languagesOfBrowser({ 'accept-language': 'en;q=0.5, de-CH, fr;q=0, *;q=0.1' })).toEqual(['de-CH', 'en']);
  expect(languagesOfBrowser(null)).toEqual([]);
});

test('what is filled into a text is text', () => {
  expect(look.text('stopTopic', { topic: '<b>{brand}</b>' }).text).toBe('Stop emails about &#60;b&#62;{brand}&#60;/b&#62;');
});

test('an owner can add a language, and every text of it is asked for', () => {
  const { pageTexts, ...rest } = bookstore;
  expect(pageTexts).toEqual({});
  expect(() => defineConfig({ ...(rest as ConfigInput), languages: ['en', 'fr'] })).toThrow('languages.1: "fr": pages have texts in en, de; add pageTexts.fr');
  const own = Object.fromEntries(pageTextNames.map((name) => [name, `fr ${name}`])) as PageTexts;
  const config = defineConfig({ ...(rest as ConfigInput), languages: ['en', 'fr'], pageTexts: { fr: own } });
  expect(pageLook(config, ['fr-CA']).text('done').text).toBe('fr done');
  const { done: _done, ...lacking } = own;
  expect(() => defineConfig({ ...(rest as ConfigInput), languages: ['en', 'fr'], pageTexts: { fr: lacking as PageTexts } })).toThrow('pageTexts.fr.done: missing');
});
