import { at, cut, draw, fill, textMark, textWidth, type Canvas, type Drawing } from './draw.ts';
import { paint } from './palette.ts';

/** An estimate and how far it may be off. */
export interface Estimate {
  label: string;
  from: number;
  estimate: number;
  to: number;
  /** Stands beside the label. */
  text: string;
}

const step = 46;

/** Estimates with their intervals, against a line at no difference. */
export function intervalsPlot(estimates: readonly Estimate[], title: string, { width, isNarrow, format }: Canvas): Promise<Drawing> {
  const reach = 1.1 * Math.max(1e-6, ...estimates.flatMap(({ from, to }) => [Math.abs(from), Math.abs(to)]));
  const values = estimates.map((one, index) => ({ ...one, y: index * step + 30, head: `${cut(one.label, 24)}: ${one.text}` }));
  const height = estimates.length * step + 4;
  const side = textWidth('-00.0');
  return draw(
    {
      width: width - 2 * side,
      height,
      margin: { top: 4, bottom: 48, left: side, right: side },
      data: [{ name: 'estimates', values }],
      scales: [{ name: 'x', type: 'linear', domain: [-reach, reach], range: 'width' }],
      axes: [
        {
          orient: 'bottom',
          scale: 'x',
          ticks: true,
          tickColor: paint('rule'),
          tickCount: isNarrow ? 5 : 9,
          title,
          titlePadding: 8,
          format: '+~r',
        },
      ],
      marks: [
        {
          type: 'rule',
          encode: {
            enter: { x: { scale: 'x', value: 0 }, y: { value: 0 }, y2: { value: height }, stroke: fill('ink'), strokeWidth: { value: 1 } },
          },
        },
        {
          type: 'rule',
          from: { data: 'estimates' },
          encode: {
            enter: {
              x: { scale: 'x', field: 'from' },
              x2: { scale: 'x', field: 'to' },
              y: at('y'),
              stroke: fill('c1'),
              strokeWidth: { value: 4 },
              strokeCap: { value: 'round' },
              strokeOpacity: { value: 0.6 },
            },
          },
        },
        {
          type: 'symbol',
          from: { data: 'estimates' },
          encode: {
            enter: {
              x: { scale: 'x', field: 'estimate' },
              y: at('y'),
              size: { value: 110 },
              fill: fill('c1'),
              stroke: fill('back'),
              strokeWidth: { value: 2 },
            },
          },
        },
        textMark('estimates', { x: { value: -side }, y: { field: 'y', offset: -19 }, text: at('head') }),
      ],
    },
    format,
  );
}
