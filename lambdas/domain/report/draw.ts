import { parse, View, type Axis, type Mark, type Scale, type Spec, type Data, type TextEncodeEntry } from 'vega';
import { html, Html } from '../pages/html.ts';
import type { Format } from './format.ts';
import { paint, type Colour } from './palette.ts';

/** What is drawn, in user units that are CSS pixels at full size. */
export interface Drawing {
  width: number;
  height: number;
  /** SVG elements. */
  content: Html;
}

/** Each plot is drawn twice: for screen and paper, and for a phone, where the same text would be too small. */
export const widths = { wide: 720, narrow: 350 } as const;
export type Size = keyof typeof widths;

/** What a plot is drawn for. */
export interface Canvas {
  width: number;
  isNarrow: boolean;
  format: Format;
}

export const fontSize = 12;
/** Width of a character in the widest usual sans-serif font, such as Verdana; no font is available to measure with. */
const widestEm = 0.63;
export const textWidth = (text: string, size = fontSize): number => text.length * size * widestEm;

/**
 * Draws marks with Vega. All positions are fixed beforehand: Vega cannot make room for labels, since it cannot measure text without a
 * canvas.
 * @param plot `width` and `height` without the margins
 */
export async function draw(
  plot: {
    width: number;
    height: number;
    margin: { top: number; right: number; bottom: number; left: number };
    data?: Data[];
    scales?: Scale[];
    axes?: Axis[];
    marks: Mark[];
  },
  format: Format,
): Promise<Drawing> {
  const { width, height, margin, data = [], scales = [], axes = [], marks } = plot;
  const spec: Spec = {
    width,
    height,
    padding: margin,
    autosize: 'none',
    config: { locale: { number: { ...format.separators, grouping: [3], currency: ['', ''] } } },
    data,
    scales,
    axes: axes.map((axis) => ({ ...axisStyle, ...axis })),
    marks,
  };
  const view = new View(parse(spec), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return { width: width + margin.left + margin.right, height: height + margin.top + margin.bottom, content: new Html(inside(svg)) };
  } finally {
    view.finalize();
  }
}

const axisStyle = {
  domain: false,
  ticks: false,
  labelPadding: 6,
  labelFontSize: fontSize,
  labelColor: paint('soft'),
  gridColor: paint('rule'),
  titleColor: paint('soft'),
  titleFontSize: fontSize,
  titleFontWeight: 'normal',
} as const;

/** Removes the outer element, which is replaced by our own, and the roles of its parts, which have no meaning under `role="img"`. */
function inside(svg: string): string {
  const content = svg.slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'));
  return content.replaceAll(/<[a-z]+ [^>]*>/g, (tag) => tag.replaceAll(/ (?:role|aria-[a-z]+|font-family)="[^"]*"/g, ''));
}

/** A field of the data. */
export const at = (field: string) => ({ field });
export const fill = (colour: Colour) => ({ value: paint(colour) });

/** Texts of the data, with their middle at the height of their place. @param enter where they stand, and what differs from ink and `text` */
export const textMark = (data: string, enter: TextEncodeEntry): Mark => ({
  type: 'text',
  from: { data },
  encode: { enter: { text: at('text'), baseline: { value: 'middle' }, fontSize: { value: fontSize }, fill: fill('ink'), ...enter } },
});

/** Drawings one below the other. */
export function below(drawings: readonly Drawing[], gap = 22): Drawing {
  let top = 0;
  const content = drawings.map((drawing) => {
    const moved = html`<g transform="translate(0,${top})">${drawing.content}</g>`;
    top += drawing.height + gap;
    return moved;
  });
  return { width: Math.max(...drawings.map(({ width }) => width)), height: top - gap, content: html`${content}` };
}

/** Lines of at most so many characters, as words allow; what does not fit into the last line is cut off. */
export function wrap(text: string, perLine: number, most = 2): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= perLine) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  const kept = lines.slice(0, most).map((line) => cut(line, perLine));
  return lines.length > most ? [...kept.slice(0, -1), cut(`${kept.at(-1) ?? ''} …`, perLine)] : kept;
}

export const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1)).trimEnd()}…`;
