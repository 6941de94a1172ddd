import type { Mark } from 'vega';
import { at, below, draw, fill, textMark, textWidth, type Canvas, type Drawing } from './draw.ts';
import { paint, type Colour } from './palette.ts';

export interface DaySeries {
  name: string;
  colour: Colour;
  /** Lines may be dashed, so that they can be told apart without colours. */
  shape: 'column' | 'line' | 'dashed-line';
  /** One for each day. */
  values: number[];
}

/** Some series over the same days, on one scale. Columns lie on each other, so the later ones must be parts of the earlier ones. */
export type DayPanel = readonly DaySeries[];

const height = 96;

/** Panels below each other, which share their days. @param days such as 2026-11-01, in order */
export async function daysPlot(days: readonly string[], panels: readonly DayPanel[], canvas: Canvas): Promise<Drawing> {
  const highest = (panel: DayPanel) => Math.max(1, ...panel.flatMap(({ values }) => values));
  const left = 10 + Math.max(...panels.map((panel) => textWidth(canvas.format.count(highest(panel) * 1.3))));
  return below(await Promise.all(panels.map((panel) => drawPanel(days, panel, highest(panel), left, canvas))));
}

function drawPanel(days: readonly string[], panel: DayPanel, highest: number, left: number, { width, format }: Canvas): Promise<Drawing> {
  // A column of height 0 would still show its edge.
  const valuesOf = ({ values, shape }: DaySeries) => days.map((day, index) => ({ day, value: values[index] ?? 0 })).filter(({ value }) => shape !== 'column' || value > 0);
  const right = 4;
  return draw(
    {
      width: width - left - right,
      height,
      margin: { top: 26, bottom: 22, left, right },
      data: [
        ...panel.map((series, index) => ({ name: `series${index}`, values: valuesOf(series) })),
        { name: 'names', values: legendOf(panel) },
      ],
      scales: [
        { name: 'x', type: 'band', domain: [...days], range: 'width', paddingInner: 0.25 },
        { name: 'y', type: 'linear', domain: [0, highest], nice: 3, range: 'height' },
      ],
      axes: [
        { orient: 'left', scale: 'y', grid: true, tickCount: 3, tickMinStep: 1, format: ',~f' },
        {
          orient: 'bottom',
          scale: 'x',
          values: days.filter((_, index) => index % 7 === 0),
          encode: { labels: { update: { text: { signal: 'toNumber(slice(datum.value, 8))' } } } },
        },
      ],
      marks: [
        ...panel.flatMap(marksOf),
        {
          type: 'rect',
          from: { data: 'names' },
          encode: { enter: { x: at('x'), width: { value: 14 }, y: at('y'), height: at('height'), fill: at('paint') } },
        },
        textMark('names', { x: { field: 'x', offset: 20 }, y: { value: -14 }, text: at('name') }),
      ],
    },
    format,
  );
}

function marksOf(series: DaySeries, index: number): Mark[] {
  if (series.shape !== 'column') return [line(series, index)];
  return series.colour === 'c0' ? [columns(series, index), edges(index)] : [columns(series, index)];
}

/** Grey columns are the whole of which others are parts: light, with a strong upper edge. */
const columns = ({ colour }: DaySeries, index: number): Mark => ({
  type: 'rect',
  from: { data: `series${index}` },
  encode: {
    enter: {
      x: { scale: 'x', field: 'day' },
      width: { scale: 'x', band: 1 },
      y: { scale: 'y', field: 'value' },
      y2: { scale: 'y', value: 0 },
      fill: fill(colour),
      fillOpacity: { value: colour === 'c0' ? 0.25 : 1 },
    },
  },
});

const edges = (index: number): Mark => ({
  type: 'rule',
  from: { data: `series${index}` },
  encode: {
    enter: {
      x: { scale: 'x', field: 'day' },
      x2: { scale: 'x', field: 'day', band: 1 },
      y: { scale: 'y', field: 'value' },
      stroke: fill('c0'),
      strokeWidth: { value: 2 },
    },
  },
});

const line = ({ colour, shape }: DaySeries, index: number): Mark => ({
  type: 'line',
  from: { data: `series${index}` },
  encode: {
    enter: {
      x: { scale: 'x', field: 'day', band: 0.5 },
      y: { scale: 'y', field: 'value' },
      stroke: fill(colour),
      strokeWidth: { value: 2 },
      strokeDash: { value: shape === 'dashed-line' ? [5, 3] : [] },
    },
  },
});

/** Names with a piece of what they look like; a dashed line has two pieces. */
function legendOf(panel: DayPanel): { name: string; x: number; y: number; height: number; paint: string }[] {
  let x = 0;
  return panel.map(({ name, colour, shape }) => {
    const place = shape === 'column' ? { y: -19, height: 10 } : { y: -15, height: 2 };
    const entry = { name, x, ...place, paint: paint(colour) };
    x += 32 + textWidth(entry.name);
    return entry;
  });
}
