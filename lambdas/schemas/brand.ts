import * as z from 'zod/mini';

const color = z.string().check(z.regex(/^#[0-9a-fA-F]{6}$/, 'a colour of six hexadecimal digits, such as #7a2e2e'));

const paletteOf = (defaults: Record<'accent' | 'onAccent' | 'background' | 'card' | 'text' | 'muted' | 'line', string>) =>
  z.strictObject({
    /** Links and buttons. */
    accent: z._default(color, defaults.accent),
    /** Text on a button. */
    onAccent: z._default(color, defaults.onAccent),
    /** Around the card. */
    background: z._default(color, defaults.background),
    /** Behind the text. */
    card: z._default(color, defaults.card),
    text: z._default(color, defaults.text),
    /** Notes and the footer. */
    muted: z._default(color, defaults.muted),
    /** Rules between parts. */
    line: z._default(color, defaults.line),
  });

const light = { accent: '#1f5c4d', onAccent: '#ffffff', background: '#f6f4ef', card: '#ffffff', text: '#22262a', muted: '#575d63', line: '#d8d5cc' };
const dark = { accent: '#8fd6bf', onAccent: '#10201b', background: '#16181a', card: '#202326', text: '#eceae5', muted: '#b4b2ac', line: '#3c4043' };
const font = "system-ui, -apple-system, 'Segoe UI', sans-serif";

/** How emails and pages look. The name of the brand is that of the sender. */
export const brandSchema = z.strictObject({
  colors: z._default(paletteOf(light), light),
  /** For people who prefer dark colours. */
  darkColors: z._default(paletteOf(dark), dark),
  /** Fonts in the order of preference, as in CSS. */
  font: z._default(z.string().check(z.regex(/^[\w ,'-]{1,200}$/, "names of fonts, as in CSS, with single quotes: Georgia, 'Times New Roman', serif")), font),
  /** A picture in place of the name at the top of emails and pages. */
  logo: z.optional(z.strictObject({ url: z.url({ protocol: /^https$/ }), widthPx: z.int().check(z.gte(16), z.lte(400)) })),
});

export type Brand = z.infer<typeof brandSchema>;
export type BrandInput = z.input<typeof brandSchema>;
export const defaultBrand: Brand = { colors: light, darkColors: dark, font };

/** Contrast that WCAG 2.2 AA asks for in text of normal size. */
const leastContrast = 4.5;
const pairs = [
  ['text', 'card'],
  ['text', 'background'],
  ['muted', 'card'],
  ['muted', 'background'],
  ['accent', 'card'],
  ['accent', 'background'],
  ['onAccent', 'accent'],
] as const;

/** Pairs of colours that people could not read, one line each. */
export function brandProblems(brand: Brand): string[] {
  return (['colors', 'darkColors'] as const).flatMap((scheme) =>
    pairs.flatMap(([front, back]) => {
      const contrast = contrastOf(brand[scheme][front], brand[scheme][back]);
      if (contrast >= leastContrast) return [];
      return [`brand.${scheme}.${front}: ${JSON.stringify(brand[scheme][front])}: has a contrast of ${contrast.toFixed(1)} with ${back} (${brand[scheme][back]}); must be at least ${leastContrast}`];
    }),
  );
}

/** Contrast ratio of WCAG 2, from 1 to 21. */
export function contrastOf(a: string, b: string): number {
  const [lighter, darker] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
