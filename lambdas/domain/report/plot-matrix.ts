import { at, cut, draw, fill, textMark, textWidth, wrap, type Canvas, type Drawing } from './draw.ts';
import { deepestTint } from './palette.ts';

export interface MatrixPlot {
  rows: string[];
  columns: string[];
  /** By row, then column; `null` leaves a cell out. */
  cells: (MatrixCell | null)[][];
}

export interface MatrixCell {
  /** How deep the colour is, from 0 to 1. */
  depth: number;
  text: string;
}

const lineHeight = 14;

/** Cells with a number each, the deeper coloured the greater. Heads of columns stand upright where they are too wide. */
export function matrixPlot({ rows, columns, cells }: MatrixPlot, { width, isNarrow, format }: Canvas): Promise<Drawing> {
  const sideLines = rows.map((row) => wrap(row, isNarrow ? 13 : 22));
  const left = 16 + Math.max(...sideLines.flat().map((line) => textWidth(line)));
  const cellWidth = Math.min(isNarrow ? 84 : 112, (width - left) / columns.length);
  const cellHeight = isNarrow ? 38 : 36;
  const perLine = Math.floor(cellWidth / textWidth('n') - 0.5);
  const isUpright = columns.some(
    (column) => column.split(' ').some((word) => word.length > perLine) || wrap(column, perLine, 9).length > 2,
  );
  const longest = 16;
  const top = isUpright ? 18 + Math.max(...columns.map((column) => textWidth(cut(column, longest)))) : 8 + 2 * lineHeight;
  const heads = columns.map((column, index) => ({
    lines: isUpright ? [cut(column, longest)] : wrap(column, perLine),
    x: (index + 0.5) * cellWidth,
  }));
  const sides = sideLines.map((lines, index) => ({ lines, y: (index + 0.5) * cellHeight }));
  const values = cells.flatMap((row, y) =>
    row.flatMap((cell, x) =>
      cell === null ? [] : [{ x: x * cellWidth, y: y * cellHeight, text: cell.text, opacity: 0.04 + cell.depth * (deepestTint - 0.04) }],
    ),
  );
  const label = { text: at('lines'), lineHeight: { value: lineHeight } };
  return draw(
    {
      width: cellWidth * columns.length,
      height: cellHeight * rows.length,
      margin: { top, bottom: 2, left, right: width - left - cellWidth * columns.length },
      data: [
        { name: 'cells', values },
        { name: 'heads', values: heads },
        { name: 'sides', values: sides },
      ],
      marks: [
        {
          type: 'rect',
          from: { data: 'cells' },
          encode: {
            enter: {
              x: { field: 'x', offset: 1 },
              width: { value: cellWidth - 2 },
              y: { field: 'y', offset: 1 },
              height: { value: cellHeight - 2 },
              fill: fill('c1'),
              fillOpacity: at('opacity'),
            },
          },
        },
        textMark('cells', { x: { field: 'x', offset: cellWidth / 2 }, y: { field: 'y', offset: cellHeight / 2 }, align: { value: 'center' } }),
        textMark('heads', {
          ...label,
          x: at('x'),
          ...(isUpright
            ? { y: { value: -8 }, angle: { value: -90 }, align: { value: 'left' } }
            : { y: { signal: `-8 - (length(datum.lines) - 1) * ${lineHeight}` }, align: { value: 'center' }, baseline: { value: 'alphabetic' } }),
        }),
        textMark('sides', {
          ...label,
          x: { value: -10 },
          y: { signal: `datum.y - (length(datum.lines) - 1) * ${lineHeight / 2}` },
          align: { value: 'right' },
        }),
      ],
    },
    format,
  );
}
