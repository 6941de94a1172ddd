import { expect, test } from 'vitest';
import { html } from '../../../lambdas/domain/pages/html.ts';
import { formIn, personPage } from '../../../lambdas/domain/pages/person-page.ts';

const page = personPage('Ana & Sons', 'Your <emails>', html`<h1>Hello</h1>`);

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
  ['ink', 'good', 4.5],
  ['ink', 'bad', 4.5],
  ['soft', 'back', 4.5],
  ['soft', 'card', 4.5],
  ['main', 'card', 4.5],
  ['main', 'good', 4.5],
  ['on-main', 'main', 4.5],
  ['line', 'card', 3],
  ['main', 'back', 3],
])('%s on %s can be read in both colour schemes', (front, back, least) => {
  for (const scheme of [0, 1] as const) expect(contrast(colours.get(front)?.[scheme] ?? '', colours.get(back)?.[scheme] ?? '')).toBeGreaterThanOrEqual(least);
});

test('names are text, whatever they hold', () => {
  expect(page).toContain('<title>Your &#60;emails&#62; - Ana &#38; Sons</title>');
  expect(page).not.toMatch(/<script|src=|http/);
});

test('a form is read as it comes, encoded or not', () => {
  const body = 'comment=a+b%26';
  expect(formIn({ body, isBase64Encoded: false }).get('comment')).toBe('a b&');
  expect(formIn({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true }).get('comment')).toBe('a b&');
  expect([...formIn({ body: null, isBase64Encoded: false })]).toEqual([]);
});
