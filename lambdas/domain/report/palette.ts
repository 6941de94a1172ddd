/**
 * Colours by name, in the light and in the dark scheme. Text and the marks of plots have at least the contrast of WCAG AA to the page in
 * both; `rule` and `tint` only decorate.
 */
export const palette = {
  back: ['#fbfaf6', '#15181b'],
  raised: ['#f2efe7', '#1f2428'],
  ink: ['#1f2428', '#ebe8e1'],
  soft: ['#585e64', '#b1b3b0'],
  rule: ['#d8d3c6', '#3b4248'],
  /** Grey in plots, for what is a background to something else. */
  c0: ['#6c7176', '#979ca0'],
  c1: ['#1d5f51', '#7fcdb4'],
  c2: ['#a94a1a', '#efa06c'],
  c3: ['#365b9d', '#9ab8ef'],
  c4: ['#7d6200', '#d9bf62'],
  c5: ['#7c4380', '#d3a3d6'],
  c6: ['#2b6f86', '#86c5dc'],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

export type Colour = keyof typeof palette;

/** Most of a colour that lies behind text, in the cells of a matrix. */
export const deepestTint = 0.42;
/** Of each circle of a Venn diagram, which lie over each other and behind text. */
export const circleTint = 0.14;

const series = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'] as const;

/** The colour of the nth of several things, going round. */
export const colourOf = (index: number): Colour => series[index % series.length] as Colour;

export const paint = (colour: Colour): string => `var(--${colour})`;
