import { at, draw, fill, type Canvas, type Drawing } from './draw.ts';

export interface SharePoint {
  x: number;
  y: number;
}

/**
 * A curve of two shares, with the diagonal on which both are equal when `diagonal` is set. Both axes begin at 0 and end at what the points
 * reach, at most 1; `yFrom` cuts off the part of the upright one that no point is in.
 */
export function sharesPlot(
  points: readonly SharePoint[],
  titles: { x: string; y: string },
  { diagonal = false, yFrom = 0 },
  { width, isNarrow, format }: Canvas,
): Promise<Drawing> {
  const most = (of: (point: SharePoint) => number) => Math.min(1, Math.max(0.05, ...points.map(of)) * 1.05);
  const [xMost, yMost] = diagonal ? ([most(({ x, y }) => Math.max(x, y)), most(({ x, y }) => Math.max(x, y))] as const) : ([1, 1] as const);
  const [left, right] = [66, 24];
  const across = Math.min(width - left - right, 480);
  return draw(
    {
      width: across,
      height: isNarrow ? 210 : 250,
      margin: { top: 10, bottom: 48, left, right: width - left - across },
      data: [{ name: 'points', values: [...points] }],
      scales: [
        { name: 'x', type: 'linear', domain: [0, xMost], range: 'width', zero: false },
        { name: 'y', type: 'linear', domain: [yFrom, yMost], range: 'height', zero: false },
      ],
      axes: [
        { orient: 'left', scale: 'y', grid: true, tickCount: 5, format: '~%', title: titles.y, titlePadding: 6 },
        { orient: 'bottom', scale: 'x', grid: true, tickCount: 5, format: '~%', title: titles.x, titlePadding: 8 },
      ],
      marks: [
        ...(diagonal
          ? [
              {
                type: 'rule' as const,
                encode: {
                  enter: {
                    x: { scale: 'x', value: 0 },
                    y: { scale: 'y', value: 0 },
                    x2: { scale: 'x', value: xMost },
                    y2: { scale: 'y', value: yMost },
                    stroke: fill('c0'),
                    strokeWidth: { value: 1.5 },
                    strokeDash: { value: [4, 4] },
                  },
                },
              },
            ]
          : []),
        {
          type: 'line',
          from: { data: 'points' },
          encode: {
            enter: { x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: 'y' }, stroke: fill('c1'), strokeWidth: { value: 2 } },
          },
        },
        {
          type: 'symbol',
          from: { data: 'points' },
          encode: {
            enter: {
              x: { scale: 'x', field: 'x' },
              y: { scale: 'y', field: 'y' },
              size: { value: 46 },
              fill: fill('c1'),
              stroke: fill('back'),
              strokeWidth: { value: 1.5 },
              zindex: at('x'),
            },
          },
        },
      ],
    },
    format,
  );
}
