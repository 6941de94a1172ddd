import { expect, test } from 'vitest';
import { below, cut, draw, textWidth, wrap, type Canvas } from '../../../lambdas/domain/report/draw.ts';
import { createFormat } from '../../../lambdas/domain/report/format.ts';
import { groupedBars, stackedBars } from '../../../lambdas/domain/report/plot-bars.ts';
import { daysPlot } from '../../../lambdas/domain/report/plot-days.ts';
import { flowPlot } from '../../../lambdas/domain/report/plot-flow.ts';
import { histogram } from '../../../lambdas/domain/report/plot-histogram.ts';
import { intervalsPlot } from '../../../lambdas/domain/report/plot-intervals.ts';
import { matrixPlot } from '../../../lambdas/domain/report/plot-matrix.ts';
import { sharesPlot } from '../../../lambdas/domain/report/plot-shares.ts';
import { vennPlot } from '../../../lambdas/domain/report/plot-venn.ts';
import { html } from '../../../lambdas/domain/pages/html.ts';

const format = createFormat({ locale: 'en', currency: 'EUR', conversions: { count: 0, revenue: [], bySegment: [] } });
const wide: Canvas = { width: 720, isNarrow: false, format };
const narrow: Canvas = { width: 350, isNarrow: true, format };

/** Texts of a drawing; lines of one text are joined. */
const texts = (svg: string) =>
  [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map(([, content = '']) =>
    content.replaceAll(/<\/tspan><tspan[^>]*>/g, ' ').replaceAll(/<[^>]*>/g, ''),
  );
const numbers = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].map(([, value]) => Number(value));
/** Bars, as the widths and heights of their paths, by their colour. */
const bars = (svg: string, colour: string) =>
  [...svg.matchAll(/<path[^>]*d="M[\d.e-]+,[\d.e-]+h([\d.e-]+)v([\d.e-]+)h[^"]*"[^>]*fill="var\(--(\w+)\)"/g)]
    .filter(([, , , name]) => name === colour)
    .map(([, width, height]) => ({ width: Number(width), height: Number(height) }));

test('bars are as long as their values, and say them', async () => {
  const { content } = await groupedBars(
    [
      {
        label: 'Sent',
        bars: [
          { value: 200, text: '200', colour: 'c1' },
          { value: 50, text: '50', colour: 'c2' },
        ],
      },
    ],
    wide,
  );
  const [long] = bars(content.text, 'c1');
  const [short] = bars(content.text, 'c2');
  expect(short?.width).toBeCloseTo((long?.width as number) / 4, 6);
  expect(texts(content.text)).toEqual(['200', '50', 'Sent']);
});

test('a drawing leaves fonts to the page, and roles to the picture as a whole', async () => {
  const { content } = await histogram([{ from: 0, to: 5, people: 3 }], [], wide);
  expect(content.text).not.toMatch(/ (?:role|aria-[a-z]+|font-family)=/);
});

test('bars of nothing draw nothing that is broken', async () => {
  const { content } = await groupedBars([{ label: 'Sent', bars: [{ value: 0, text: '0', colour: 'c1' }] }], narrow);
  expect(content.text).not.toMatch(/NaN|undefined|Infinity/);
});

test('stacked bars show shares of their row, and no text where there is no room', async () => {
  const { content } = await stackedBars(
    [
      { label: 'Fans', values: [96, 4] },
      { label: 'Nobody', values: [0, 0] },
    ],
    ['c1', 'c2'],
    narrow,
  );
  expect(texts(content.text)).toEqual(['96%', 'Fans', 'Nobody']);
  expect(bars(content.text, 'c1')[0]?.width).toBeCloseTo(350 * 0.96 - 1.5, 6);
});

test('columns of days share a scale with the lines on them', async () => {
  const days = ['2026-11-01', '2026-11-02'];
  const { content } = await daysPlot(
    days,
    [
      [
        { name: 'Sent', colour: 'c0', shape: 'column', values: [40, 20] },
        { name: 'opened', colour: 'c1', shape: 'column', values: [10, 0] },
      ],
    ],
    wide,
  );
  const sent = bars(content.text, 'c0')
    .map(({ height }) => height)
    .filter((height) => height !== 10);
  expect(sent[1]).toBeCloseTo((sent[0] as number) / 2, 6);
  expect(bars(content.text, 'c1').map(({ height }) => height)).toContainEqual(expect.closeTo((sent[0] as number) / 4, 6));
});

test('the histogram has a solid line where a threshold is, and a dashed one only where it was elsewhere', async () => {
  const bins = [
    { from: 0, to: 5, people: 30 },
    { from: 5, to: 10, people: 10 },
  ];
  const moved = await histogram(bins, [{ name: 'Engaged', before: 6, now: 4 }], wide);
  expect(texts(moved.content.text)).toContain('Engaged: 6 → 4');
  expect(moved.content.text.match(/stroke-dasharray/g)).toHaveLength(1);
  const [before, now] = numbers(moved.content.text, /<line transform="translate\(([\d.]+),[^)]*\)"[^>]*stroke="var\(--(?:ink|c2)\)"/g) as [
    number,
    number,
  ];
  expect(before / now).toBeCloseTo(6 / 4, 1);
  const same = await histogram(bins, [{ name: 'Engaged', before: 4, now: 4 }], wide);
  expect(same.content.text).not.toContain('stroke-dasharray');
});

test('cells of a matrix are the deeper the greater they are; what is left out is not drawn', async () => {
  const { content } = await matrixPlot(
    {
      rows: ['a', 'b'],
      columns: ['a', 'b'],
      cells: [
        [
          { depth: 0, text: '0%' },
          { depth: 1, text: '100%' },
        ],
        [null, { depth: 0.5, text: '50%' }],
      ],
    },
    wide,
  );
  expect(numbers(content.text, /fill-opacity="([\d.]+)"/g)).toEqual([0.04, 0.42, expect.closeTo(0.23, 6)]);
});

test('heads of columns stand upright where they would not fit', async () => {
  const columns = ['Recent buyers', 'Engaged browsers', 'Everyone else', 'Dormant', 'Fans', 'More'];
  const plot = { rows: ['a'], columns, cells: [columns.map(() => ({ depth: 0, text: '' }))] };
  expect((await matrixPlot(plot, narrow)).content.text).toContain('rotate(-90');
  expect((await matrixPlot(plot, wide)).content.text).not.toContain('rotate(-90');
});

test('intervals lie on one axis around no difference', async () => {
  const { content } = await intervalsPlot([{ label: 'Bold', from: -2, estimate: 1, to: 4, text: '+1' }], 'Points', wide);
  const [zero, from] = numbers(content.text, /<line transform="translate\(([\d.]+),[^)]*\)"[^>]*stroke="var\(--(?:ink|c1)\)"/g) as [
    number,
    number,
  ];
  const [reach] = numbers(content.text, /<line transform="[^"]*" x2="([\d.]+)" y2="0"[^>]*stroke="var\(--c1\)"/g) as [number];
  expect((zero - from) / reach).toBeCloseTo(2 / 6, 6);
  expect(texts(content.text)).toContain('Bold: +1');
  const long = await intervalsPlot([{ label: 'B'.repeat(40), from: -2, estimate: 1, to: 4, text: '+1' }], 'Points', narrow);
  expect(texts(long.content.text)).toContain(`${'B'.repeat(23)}…: +1`);
});

test('a curve that is compared with the diagonal has the same scale both ways', async () => {
  const { content } = await sharesPlot(
    [
      { x: 0.1, y: 0.1 },
      { x: 0.4, y: 0.4 },
    ],
    { x: 'Told', y: 'Came' },
    { diagonal: true },
    wide,
  );
  const [first, last] = [...content.text.matchAll(/translate\(([\d.]+),([\d.]+)\)"[^>]*d="M[^"]*A/g)].map(([, x, y]) => ({
    x: Number(x) / 480,
    y: 1 - Number(y) / 250,
  }));
  expect(first?.x).toBeCloseTo(first?.y as number, 6);
  expect(last?.x).toBeCloseTo((first?.x as number) * 4, 6);
});

test('bands of the flow are as thick as the people in them, and places add up', () => {
  const places = ['a', 'b'].map((key) => ({ key, label: key.toUpperCase(), colour: 'c1' as const }));
  const { content } = flowPlot(
    [
      { from: 'a', to: 'a', people: 300 },
      { from: 'a', to: 'b', people: 100 },
      { from: 'b', to: 'a', people: 0 },
    ],
    places,
    places,
    wide,
  );
  const [thick, thin] = numbers(content.text, /stroke-width="([\d.]+)"/g) as [number, number];
  expect(thick / thin).toBeCloseTo(3, 6);
  // Nobody came from b, so it is no place on the left.
  expect(texts(content.text)).toEqual(['A 400', 'A 300', 'B 100']);
});

test('circles of the Venn diagram have the areas of their people, and regions their numbers', () => {
  const sets = [
    { letter: 'A', colour: 'c1' as const },
    { letter: 'B', colour: 'c2' as const },
    { letter: 'C', colour: 'c3' as const },
  ];
  const regions = [
    { letters: ['A'], people: 300 },
    { letters: ['B'], people: 800 },
    { letters: ['A', 'B'], people: 100 },
    { letters: ['C'], people: 0 },
  ];
  const { content } = vennPlot(sets, regions, wide);
  const [a, b, ...others] = numbers(content.text, / r="([\d.]+)"/g) as [number, number];
  expect(others).toEqual([]);
  expect((b / a) ** 2).toBeCloseTo(900 / 400, 1);
  expect(texts(content.text)).toEqual(['A', 'B', '300', '800', '100']);
});

test('a region without room has no number', () => {
  const sets = [
    { letter: 'A', colour: 'c1' as const },
    { letter: 'B', colour: 'c2' as const },
  ];
  const { content } = vennPlot(
    sets,
    [
      { letters: ['A'], people: 5_000 },
      { letters: ['B'], people: 5_000 },
      { letters: ['A', 'B'], people: 1 },
    ],
    narrow,
  );
  expect(texts(content.text)).toEqual(['A', 'B', '5,000', '5,000']);
});

test('axes write numbers as the locale does', async () => {
  const german = createFormat({ locale: 'de', conversions: { count: 0, revenue: [], bySegment: [] } });
  const { content } = await histogram([{ from: 0, to: 5, people: 30_000 }], [], { ...wide, format: german });
  expect(texts(content.text)).toContain('30.000');
});

test('text of the data is text in a drawing', async () => {
  const { content } = await groupedBars([{ label: '<script>', bars: [{ value: 1, text: '"<b>&', colour: 'c1' }] }], wide);
  expect(content.text).not.toMatch(/<script|<b>/);
  expect(content.text).toContain('&lt;script&gt;');
});

test('drawings below each other keep their height', () => {
  const part = (height: number) => ({ width: 10, height, content: html`<g/>` });
  const all = below([part(30), part(40)], 5);
  expect(all.height).toBe(75);
  expect(all.content.text).toBe('<g transform="translate(0,0)"><g/></g><g transform="translate(0,35)"><g/></g>');
});

test('long words are cut, long texts wrapped', () => {
  expect(wrap('Viewed several products', 10)).toEqual(['Viewed', 'several …']);
  expect(wrap('Fans', 10)).toEqual(['Fans']);
  expect(cut('Extraordinarily', 8)).toBe('Extraor…');
  expect(textWidth('abcd')).toBeGreaterThan(20);
});

test('a plot that cannot be drawn is an error', async () => {
  await expect(
    draw(
      { width: 10, height: 10, margin: { top: 0, right: 0, bottom: 0, left: 0 }, marks: [{ type: 'rect', from: { data: 'nowhere' } }] },
      format,
    ),
  ).rejects.toThrow(/nowhere/);
});
