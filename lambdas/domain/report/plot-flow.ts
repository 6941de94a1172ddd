import { sankey, sankeyLinkHorizontal } from 'd3-sankey';
import { html, type Html } from '../pages/html.ts';
import { fontSize, wrap, type Canvas, type Drawing } from './draw.ts';
import { paint, type Colour } from './palette.ts';

export interface Flow {
  from: string;
  to: string;
  people: number;
}

/** A place on one side; both sides are in the order in which they are given. */
export interface FlowPlace {
  key: string;
  label: string;
  colour: Colour;
}

interface Node {
  id: string;
  place: FlowPlace;
  order: number;
}
interface Link {
  colour: Colour;
}

const lineHeight = 14;

/** Where people came from, on the left, and where they went, on the right; all measures are people. */
export function flowPlot(
  flows: readonly Flow[],
  sources: readonly FlowPlace[],
  targets: readonly FlowPlace[],
  { width, isNarrow, format }: Canvas,
): Drawing {
  const some = flows.filter(({ people }) => people > 0);
  const nodesOf = (side: string, places: readonly FlowPlace[], isUsed: (key: string) => boolean): Node[] =>
    places.filter(({ key }) => isUsed(key)).map((place, order) => ({ id: side + place.key, place, order }));
  const left = nodesOf('from:', sources, (key) => some.some(({ from }) => from === key));
  const right = nodesOf('to:', targets, (key) => some.some(({ to }) => to === key));
  const side = isNarrow ? 94 : 170;
  const height = 64 * Math.max(left.length, right.length);
  const layout = sankey<Node, Link>()
    .nodeId(({ id }) => id)
    .nodeWidth(10)
    // Two lines of a label fit between the middles of the smallest neighbours.
    .nodePadding(2 * lineHeight + 6)
    .nodeSort((a, b) => a.order - b.order)
    .extent([
      [side, 18],
      [width - side, 18 + height],
    ]);
  const { nodes, links } = layout({
    nodes: [...left, ...right],
    links: some.map(({ from, to, people }) => ({
      source: `from:${from}`,
      target: `to:${to}`,
      value: people,
      colour: left.find(({ id }) => id === `from:${from}`)?.place.colour ?? 'c0',
    })),
  });
  const path = sankeyLinkHorizontal<Node, Link>();
  const node = (one: (typeof nodes)[number]): Html => {
    const { x0 = 0, x1 = 0, y0 = 0, y1 = 0, place, value = 0 } = one;
    const isLeft = one.id.startsWith('from:');
    const lines = [...wrap(place.label, isNarrow ? 12 : 24, 2), format.count(value)];
    const x = isLeft ? x0 - 8 : x1 + 8;
    const y = (y0 + y1) / 2 - ((lines.length - 1) * lineHeight) / 2;
    return html`<rect x="${x0}" y="${y0}" width="${x1 - x0}" height="${Math.max(1, y1 - y0)}" fill="${paint(place.colour)}"/><text x="${x}" text-anchor="${isLeft ? 'end' : 'start'}" font-size="${fontSize}" fill="${paint('ink')}">${lines.map((line, index) => html`<tspan x="${x}" y="${y + index * lineHeight}" dy="0.35em"${index === lines.length - 1 && html` fill="${paint('soft')}"`}>${line}</tspan>`)}</text>`;
  };
  return {
    width,
    height: height + 36,
    content: html`<g fill="none" stroke-opacity="0.38">${links.map((link) => html`<path d="${path(link) ?? ''}" stroke="${paint(link.colour)}" stroke-width="${Math.max(1, link.width ?? 0)}"/>`)}</g>${nodes.map(node)}`,
  };
}
