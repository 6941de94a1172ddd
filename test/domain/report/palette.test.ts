import { expect, test } from 'vitest';
import { circleTint, deepestTint, palette, type Colour } from '../../../lambdas/domain/report/palette.ts';

type Rgb = [number, number, number];
const rgb = (colour: string): Rgb => (colour.slice(1).match(/../g) as string[]).map((pair) => parseInt(pair, 16)) as Rgb;

/** As WCAG 2 defines it. */
function contrast(one: Rgb, other: Rgb): number {
  const luminance = (colour: Rgb) => {
    const [r, g, b] = colour
      .map((value) => value / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as Rgb;
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

const mix = (front: Rgb, back: Rgb, share: number): Rgb =>
  front.map((value, index) => share * value + (1 - share) * (back[index] as number)) as Rgb;
const of = (colour: Colour, scheme: 0 | 1): Rgb => rgb(palette[colour][scheme]);
const schemes = [0, 1] as const;
const series = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'] as const;
const aa = 4.5;

test('contrast is measured as the examples of WCAG have it', () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBe(21);
  expect(contrast([118, 118, 118], [255, 255, 255])).toBeCloseTo(4.54, 2);
});

test.each(['ink', 'soft', ...series] as const)('%s can be read on the page in both schemes, and the page on it', (colour) => {
  for (const scheme of schemes) expect(contrast(of(colour, scheme), of('back', scheme))).toBeGreaterThanOrEqual(aa);
});

test.each(['ink', 'c1', 'c2'] as const)('%s can be read in boxes', (colour) => {
  for (const scheme of schemes) expect(contrast(of(colour, scheme), of('raised', scheme))).toBeGreaterThanOrEqual(aa);
});

test.each(['ink', 'soft', ...series] as const)('%s can be read on white paper', (colour) => {
  expect(contrast(of(colour, 0), [255, 255, 255])).toBeGreaterThanOrEqual(aa);
});

test('numbers can be read in the deepest cells of matrices', () => {
  for (const scheme of schemes)
    expect(contrast(of('ink', scheme), mix(of('c1', scheme), of('back', scheme), deepestTint))).toBeGreaterThanOrEqual(aa);
});

test('numbers can be read where all circles of a Venn diagram overlap', () => {
  for (const scheme of schemes) {
    const deepest = (['c1', 'c2', 'c3', 'c4'] as const).reduce(
      (back, colour) => mix(of(colour, scheme), back, circleTint),
      of('back', scheme),
    );
    expect(contrast(of('ink', scheme), deepest)).toBeGreaterThanOrEqual(aa);
  }
});
