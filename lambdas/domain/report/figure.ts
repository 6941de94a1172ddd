import { html, type Html } from '../pages/html.ts';
import { widths, type Canvas, type Drawing } from './draw.ts';
import type { Format } from './format.ts';
import { paint, type Colour } from './palette.ts';
import { details, type Table } from './table.ts';

export interface Figure {
  title: string;
  /** What is measured, in which unit, and what to make of it. */
  note: string;
  /** Description of the picture for screen readers. */
  says: string;
  legend?: readonly { mark?: string; label: string; colour: Colour }[];
  draw(canvas: Canvas): Drawing | Promise<Drawing>;
  /** All numbers of the picture. */
  table: Table;
}

/** A plot in two sizes, of which a screen shows one, with its caption and its numbers. */
export async function figure(format: Format, { title, note, says, legend = [], draw, table: numbers }: Figure): Promise<Html> {
  const sizes = await Promise.all(
    (['wide', 'narrow'] as const).map(async (size) => ({
      size,
      drawing: await draw({ width: widths[size], isNarrow: size === 'narrow', format }),
    })),
  );
  return html`<figure>
<figcaption><strong>${title}.</strong> ${note}</figcaption>
${legend.length > 0 && html`<ul class="legend">${legend.map(({ mark = '', label, colour }) => html`<li><span class="mark" style="background:${paint(colour)}">${mark}</span>${label}</li>`)}</ul>`}
${sizes.map(({ size, drawing }) => svg(drawing, size, `${title}. ${says}`))}
${details(numbers)}
</figure>`;
}

function svg({ width, height, content }: Drawing, size: string, label: string): Html {
  return html`<svg class="plot ${size}" role="img" aria-label="${label}" viewBox="0 0 ${Math.round(width)} ${Math.round(height)}">${content}</svg>`;
}
