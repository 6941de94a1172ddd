import { at, cut, draw, fill, textMark, textWidth, type Canvas, type Drawing } from './draw.ts';

export interface Bin {
  from: number;
  to: number;
  people: number;
}

export interface Threshold {
  name: string;
  before: number;
  now: number;
}

const lineHeight = 18;

/** People by score, with the place of each threshold now (solid) and before (dashed). */
export function histogram(bins: readonly Bin[], thresholds: readonly Threshold[], { width, isNarrow, format }: Canvas): Promise<Drawing> {
  const highest = Math.max(1, ...bins.map(({ people }) => people));
  const left = 12 + textWidth(format.count(highest * 1.2));
  const right = 20;
  const height = 190;
  const last = Math.max(...bins.map(({ to }) => to), ...thresholds.flatMap(({ before, now }) => [before, now]));
  const across = width - left - right;
  const named = thresholds.map((threshold, index) => {
    const name = cut(threshold.name, isNarrow ? 12 : 20);
    const text =
      threshold.before === threshold.now
        ? `${name}: ${format.decimal(threshold.now)}`
        : `${name}: ${format.decimal(threshold.before)} → ${format.decimal(threshold.now)}`;
    // The name stands on the side of its line where it has more room.
    const isRight = threshold.now > last / 2;
    return {
      ...threshold,
      text,
      y: -10 - index * lineHeight,
      align: isRight ? 'right' : 'left',
      shift: isRight ? -6 : 6,
      moved: threshold.before !== threshold.now,
    };
  });
  return draw(
    {
      width: across,
      height,
      margin: { top: 8 + thresholds.length * lineHeight, bottom: 48, left, right },
      data: [
        { name: 'bins', values: [...bins] },
        { name: 'thresholds', values: named },
        { name: 'moved', values: named.filter(({ moved }) => moved) },
      ],
      scales: [
        { name: 'x', type: 'linear', domain: [0, last], range: 'width' },
        { name: 'y', type: 'linear', domain: [0, highest], nice: 4, range: 'height' },
      ],
      axes: [
        { orient: 'left', scale: 'y', grid: true, tickCount: 4, format: ',~f' },
        { orient: 'bottom', scale: 'x', tickCount: isNarrow ? 5 : 10, title: 'Score', titlePadding: 8 },
      ],
      marks: [
        {
          type: 'rect',
          from: { data: 'bins' },
          encode: {
            enter: {
              x: { scale: 'x', field: 'from', offset: 0.5 },
              x2: { scale: 'x', field: 'to', offset: -0.5 },
              y: { scale: 'y', field: 'people' },
              y2: { scale: 'y', value: 0 },
              fill: fill('c1'),
              fillOpacity: { value: 0.35 },
            },
          },
        },
        {
          type: 'rule',
          from: { data: 'bins' },
          encode: {
            enter: {
              x: { scale: 'x', field: 'from', offset: 0.5 },
              x2: { scale: 'x', field: 'to', offset: -0.5 },
              y: { scale: 'y', field: 'people' },
              stroke: fill('c1'),
              strokeWidth: { value: 2 },
            },
          },
        },
        {
          type: 'rule',
          from: { data: 'moved' },
          encode: {
            enter: {
              x: { scale: 'x', field: 'before' },
              y: { value: 0 },
              y2: { value: height },
              stroke: fill('ink'),
              strokeWidth: { value: 1.5 },
              strokeDash: { value: [4, 3] },
            },
          },
        },
        {
          type: 'rule',
          from: { data: 'thresholds' },
          encode: {
            enter: { x: { scale: 'x', field: 'now' }, y: at('y'), y2: { value: height }, stroke: fill('c2'), strokeWidth: { value: 2 } },
          },
        },
        textMark('thresholds', { x: { scale: 'x', field: 'now', offset: { field: 'shift' } }, y: { field: 'y', offset: 2 }, align: at('align') }),
      ],
    },
    format,
  );
}
