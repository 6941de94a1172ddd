import { benchBundle } from './bundle.ts';
import { benchCalibration } from './calibration.ts';
import { benchCost } from './cost.ts';
import { benchDynamo } from './dynamo.ts';
import { benchFold } from './fold.ts';
import { quick } from './measure.ts';
import { totalOf } from './prices.ts';
import { benchRules } from './rules.ts';
import { benchSimulate } from './simulate.ts';

/** What `console.table` shows: columns by row. */
type Rows = Record<string, Record<string, string | number>>;

export interface Table {
  title: string;
  rows: Rows;
}

/** One benchmark. */
export interface Part {
  /** The figures on all sizes. */
  full(): Promise<unknown>;
  /** The same code on input so small that it only shows that it runs. */
  quick(): Promise<unknown>;
  /** What either of them gave, in words. */
  tables(results: unknown): Table[];
}

/** Ties the types of a part together, which differ from one part to the next. */
function part<R>(full: () => Promise<R>, quickly: () => Promise<R>, tables: (results: R) => Table[]): Part {
  return { full, quick: quickly, tables: (results) => tables(results as R) };
}

/** One after the other, so that they do not disturb each other. */
async function each<T, R>(list: readonly T[], run: (one: T) => R | Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const one of list) results.push(await run(one));
  return results;
}

const round = (value: number): number => Number(value.toPrecision(3));

function table<R>(title: string, results: readonly R[], row: (result: R) => [name: string, columns: Record<string, string | number>]): Table {
  return { title, rows: Object.fromEntries(results.map(row)) };
}

export const parts = {
  rules: part(
    () => each([5, 20, 100, 500], (count) => benchRules(count)),
    () => each([5, 20], (count) => benchRules(count, 10, quick)),
    (results) => {
      const microseconds = (times: Record<string, number>) => Object.fromEntries(Object.entries(times).map(([name, ns]) => [name, round(ns / 1000)]));
      return [
        table('Finding the segment of one person after an event, microseconds (peers include their facts; all agree about everybody)', results, ({ segments, afterEvent, everything, peers }) => [
          `${segments} segments`,
          microseconds({ 'Segue, touched': afterEvent, 'Segue, everything': everything, ...peers }),
        ]),
        table('The same on facts that are ready, microseconds', results, ({ segments, everything, peersOnReadyFacts }) => [
          `${segments} segments`,
          microseconds({ 'Segue, everything': everything, ...peersOnReadyFacts }),
        ]),
      ];
    },
  ),
  fold: part(
    () => each([1, 10, 50], (count) => benchFold(count)),
    () => each([1, 10], (count) => benchFold(count, 5, quick)),
    (results) => [table('Folding, events per second and core', results, ({ eventsPerBatch, eventsPerSecond }) => [`${eventsPerBatch} per batch`, { eventsPerSecond }])],
  ),
  simulate: part(
    () => each([100_000, 1_000_000], benchSimulate),
    () => each([2000], benchSimulate),
    (results) => [
      table('npm run simulate', results, ({ events, cores, wallSeconds, cpuSeconds, peakMb }) => [
        `${events} events`,
        { cores, 'wall, s': round(wallSeconds), 'CPU, s': round(cpuSeconds), 'peak, MB': Math.round(peakMb) },
      ]),
    ],
  ),
  dynamo: part(
    () => each([1, 3, 10, 50], benchDynamo),
    () => each([50], benchDynamo),
    (results) => [
      table('DynamoDB, per 1,000 events', results, ({ eventsPerUserAndBatch, callsPer1000, writeUnitsPer1000, readUnitsPer1000, itemBytes }) => [
        `${eventsPerUserAndBatch} per person and batch`,
        { calls: callsPer1000, writeUnits: writeUnitsPer1000, readUnits: readUnitsPer1000, medianItemBytes: itemBytes.median },
      ]),
    ],
  ),
  bundle: part(
    () => benchBundle(),
    () => benchBundle(1),
    ({ bytes, bareClientBytes, importMs, bareClientImportMs }) => [
      {
        title: 'process-events over the bare SDK clients',
        rows: {
          'bundle, KB': { whole: round(bytes / 1024), over: round((bytes - bareClientBytes) / 1024) },
          'import, ms': { whole: round(importMs), over: round(importMs - bareClientImportMs) },
        },
      },
    ],
  ),
  calibration: part(
    () => each([10_000, 100_000, 1_000_000], benchCalibration),
    () => each([4000], benchCalibration),
    (results) => [
      table('Calibrating everybody, on one core, without the network', results, (result) => [
        `${result.people} people`,
        {
          'measure, s': round(result.measureSeconds),
          'predict, s': round(result.predictSeconds),
          'draw, s': round(result.drawSeconds),
          'state of a part, bytes': result.partBytes,
          'with candidates, bytes': result.drawnBytes,
          'of all, bytes': result.wholeBytes,
          'heap, MB': round(result.heapMb),
        },
      ]),
    ],
  ),
  cost: part(
    () => benchCost(),
    () => benchCost(2),
    ({ tables, pricesOf }) =>
      tables.map(({ title, rows }) => ({
        title: `${title}, USD by the list prices of ${pricesOf}`,
        rows: Object.fromEntries([...rows, { what: 'together', counts: '', usd: totalOf(rows) }].map(({ what, counts, usd }) => [what, { arithmetic: counts, USD: usd.toFixed(3) }])),
      })),
  ),
} satisfies Record<string, Part>;

export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as PartName[];
