import type { Mark } from 'vega';
import { at, draw, fill, textMark, textWidth, wrap, type Canvas, type Drawing } from './draw.ts';
import { paint, type Colour } from './palette.ts';

export interface Bar {
  value: number;
  /** Stands at the end of the bar. */
  text: string;
  colour: Colour;
}

export interface BarGroup {
  label: string;
  bars: Bar[];
}

const barHeight = 18;
const barStep = 21;
const groupGap = 13;
const labelHeight = 18;

/** Bars from left to right, some under one label. On a phone the label stands above them. */
export function groupedBars(groups: readonly BarGroup[], { width, isNarrow, format }: Canvas): Promise<Drawing> {
  const bars = groups.flatMap(({ bars }) => bars);
  const right = 12 + Math.max(0, ...bars.map(({ text }) => textWidth(text)));
  let y = 0;
  const labels: { lines: string[]; y: number }[] = [];
  const placed: (Bar & { y: number; paint: string })[] = [];
  for (const group of groups) {
    const above = isNarrow ? labelHeight : 0;
    const middle = y + (group.bars.length * barStep) / 2;
    labels.push(isNarrow ? { lines: [group.label], y: y + labelHeight / 2 } : { lines: wrap(group.label, perLine), y: middle });
    group.bars.forEach((bar, index) => placed.push({ ...bar, y: y + above + index * barStep, paint: paint(bar.colour) }));
    y += above + group.bars.length * barStep + groupGap;
  }
  const left = isNarrow ? 0 : roomFor(groups);
  return draw(
    {
      width: width - left - right,
      height: Math.max(0, y - groupGap),
      margin: { top: 4, bottom: 4, left, right },
      data: [
        { name: 'labels', values: labels },
        { name: 'bars', values: placed },
      ],
      scales: [{ name: 'x', type: 'linear', domain: [0, Math.max(1e-9, ...bars.map(({ value }) => value))], range: 'width' }],
      marks: [
        {
          type: 'rect',
          from: { data: 'bars' },
          encode: {
            enter: { x: { value: 0 }, width: { scale: 'x', field: 'value' }, y: at('y'), height: { value: barHeight }, fill: at('paint') },
          },
        },
        textMark('bars', { x: { scale: 'x', field: 'value', offset: 6 }, y: { field: 'y', offset: barHeight / 2 } }),
        labelMark(isNarrow),
      ],
    },
    format,
  );
}

export interface StackedRow {
  label: string;
  /** In the order of `parts`; they are shown as shares of their sum. */
  values: number[];
}

/** One bar for each row, as long as all others, cut into shares. */
export function stackedBars(
  rows: readonly StackedRow[],
  colours: readonly Colour[],
  { width, isNarrow, format }: Canvas,
): Promise<Drawing> {
  const left = isNarrow ? 0 : roomFor(rows);
  const across = width - left;
  const above = isNarrow ? labelHeight : 0;
  const height = 26;
  const step = above + height + groupGap;
  const parts = rows.flatMap(({ values }, row) => {
    const total = values.reduce((sum, value) => sum + value, 0);
    let from = 0;
    return values.map((value, index) => {
      const share = total > 0 ? value / total : 0;
      const text = share * across > 40 ? format.percent(share, 0) : '';
      const part = {
        x: from * across,
        width: Math.max(0, share * across - 1.5),
        y: row * step + above,
        paint: paint(colours[index] ?? 'c0'),
        text,
      };
      from += share;
      return part;
    });
  });
  const labels = rows.map(({ label }, row) => ({
    lines: isNarrow ? [label] : wrap(label, perLine),
    y: row * step + (isNarrow ? labelHeight / 2 : height / 2),
  }));
  return draw(
    {
      width: across,
      height: Math.max(0, rows.length * step - groupGap),
      margin: { top: 4, bottom: 4, left, right: 0 },
      data: [
        { name: 'parts', values: parts },
        { name: 'labels', values: labels },
      ],
      marks: [
        {
          type: 'rect',
          from: { data: 'parts' },
          encode: { enter: { x: at('x'), width: at('width'), y: at('y'), height: { value: height }, fill: at('paint') } },
        },
        textMark('parts', { x: { field: 'x', offset: 8 }, y: { field: 'y', offset: height / 2 }, fill: fill('back') }),
        labelMark(isNarrow),
      ],
    },
    format,
  );
}

const perLine = 22;

/** What stands before the bars; on a phone, above them. */
const roomFor = (labelled: readonly { label: string }[]): number =>
  14 + Math.max(0, ...labelled.flatMap(({ label }) => wrap(label, perLine)).map((line) => textWidth(line)));

const labelMark = (isNarrow: boolean): Mark =>
  textMark('labels', {
    x: { value: isNarrow ? 0 : -12 },
    // Two lines go around the middle.
    y: { signal: 'datum.y - (length(datum.lines) - 1) * 7' },
    text: at('lines'),
    lineHeight: { value: 14 },
    align: { value: isNarrow ? 'left' : 'right' },
  });
