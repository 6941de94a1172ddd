import { parseArgs } from 'node:util';
import { benchBundle } from './bundle.ts';
import { benchCalibration } from './calibration.ts';
import { benchCost } from './cost.ts';
import { benchDynamo } from './dynamo.ts';
import { benchFold } from './fold.ts';
import { totalOf } from './prices.ts';
import { benchRules, type RulesResult } from './rules.ts';

const usage = `npm run bench -- [--json] [--only rules|fold|dynamo|bundle|calibration|cost] [--help]

Measures Segue on this machine. Other programs only make the figures worse, so close them first. cost is counted, not measured:
what a million events and a million emails ask of AWS, and its price.
`;
const parts = ['rules', 'fold', 'dynamo', 'bundle', 'calibration', 'cost'] as const;
type Part = (typeof parts)[number];

class UsageError extends Error {}

function optionsOf(args: string[]): { json: boolean; help: boolean; wanted: readonly Part[] } {
  let values;
  try {
    ({ values } = parseArgs({ args, options: { json: { type: 'boolean', default: false }, only: { type: 'string' }, help: { type: 'boolean', default: false } } }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { json, help, only } = values;
  const wanted = parts.filter((part) => only === undefined || part === only);
  if (wanted.length === 0) throw new UsageError(`--only ${JSON.stringify(only)}: must be one of ${parts.join(', ')}`);
  return { json, help, wanted };
}

/** Runs one part after the other, so that they do not disturb each other. */
async function measure(wanted: readonly Part[], say: (line: string) => void) {
  const each = async <T, R>(list: readonly T[], run: (one: T) => R | Promise<R>): Promise<R[]> => {
    const results: R[] = [];
    for (const one of list) results.push(await run(one));
    return results;
  };
  const runs: { [P in Part]: () => Promise<unknown> } = {
    rules: () => each([5, 20, 100, 500], (count) => benchRules(count)),
    fold: () => each([1, 10, 50], (count) => benchFold(count)),
    dynamo: () => each([1, 3, 10, 50], (count) => benchDynamo(count)),
    bundle: () => benchBundle(),
    calibration: () => each([10_000, 100_000, 1_000_000], (people) => benchCalibration(people)),
    cost: () => benchCost(),
  };
  const results: Partial<Record<Part, unknown>> = {};
  for (const part of wanted) {
    say(`measuring ${part} ...`);
    results[part] = await runs[part]();
  }
  return results as { rules?: RulesResult[]; fold?: ReturnType<typeof benchFold>[]; dynamo?: Awaited<ReturnType<typeof benchDynamo>>[]; bundle?: Awaited<ReturnType<typeof benchBundle>>; calibration?: Awaited<ReturnType<typeof benchCalibration>>[]; cost?: Awaited<ReturnType<typeof benchCost>> };
}

function print({ rules, fold, dynamo, bundle, calibration, cost }: Awaited<ReturnType<typeof measure>>): void {
  const round = (value: number) => Number(value.toPrecision(3));
  if (rules) {
    console.log('\nFinding the segment of one person after an event, microseconds (peers include their facts; all agree about everybody)');
    console.table(
      Object.fromEntries(
        rules.map(({ segments, afterEvent, everything, peers }) => [
          `${segments} segments`,
          Object.fromEntries(Object.entries({ 'Segue, touched': afterEvent, 'Segue, everything': everything, ...peers }).map(([name, ns]) => [name, round(ns / 1000)])),
        ]),
      ),
    );
  }
  if (fold) {
    console.log('\nFolding, events per second and core');
    console.table(Object.fromEntries(fold.map(({ eventsPerBatch, eventsPerSecond }) => [`${eventsPerBatch} per batch`, { eventsPerSecond }])));
  }
  if (dynamo) {
    console.log('\nDynamoDB, per 1,000 events');
    console.table(
      Object.fromEntries(
        dynamo.map(({ eventsPerUserAndBatch, callsPer1000, writeUnitsPer1000, readUnitsPer1000, itemBytes }) => [
          `${eventsPerUserAndBatch} per person and batch`,
          { calls: callsPer1000, writeUnits: writeUnitsPer1000, readUnits: readUnitsPer1000, medianItemBytes: itemBytes.median },
        ]),
      ),
    );
  }
  if (bundle) {
    console.log('\nprocess-events over the bare SDK clients');
    console.table({
      'bundle, KB': { whole: round(bundle.bytes / 1024), over: round((bundle.bytes - bundle.bareClientBytes) / 1024) },
      'import, ms': { whole: round(bundle.importMs), over: round(bundle.importMs - bundle.bareClientImportMs) },
    });
  }
  if (calibration) {
    console.log('\nCalibrating everybody, on one core, without the network');
    console.table(
      Object.fromEntries(
        calibration.map(({ people, measureSeconds, predictSeconds, drawSeconds, partBytes, drawnBytes, wholeBytes, heapMb }) => [
          `${people} people`,
          {
            'measure, s': round(measureSeconds),
            'predict, s': round(predictSeconds),
            'draw, s': round(drawSeconds),
            'state of a part, bytes': partBytes,
            'with candidates, bytes': drawnBytes,
            'of all, bytes': wholeBytes,
            'heap, MB': round(heapMb),
          },
        ]),
      ),
    );
  }
  if (cost) {
    for (const { title, rows } of cost.tables) {
      console.log(`\n${title}, USD by the list prices of ${cost.pricesOf}`);
      console.table(Object.fromEntries([...rows, { what: 'together', counts: '', usd: totalOf(rows) }].map(({ what, counts, usd }) => [what, { arithmetic: counts, USD: usd.toFixed(3) }])));
    }
  }
}

try {
  const { json, help, wanted } = optionsOf(process.argv.slice(2));
  if (help) process.stdout.write(usage);
  else {
    const results = await measure(wanted, (line) => process.stderr.write(`${line}\n`));
    if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    else print(results);
  }
} catch (error) {
  process.stderr.write(`segue bench: ${error instanceof Error ? error.message : String(error)}\n${error instanceof UsageError ? `\n${usage}` : ''}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
