import { compilePlan, type Plan } from '../lambdas/domain/plan/plan.ts';
import { idIn } from '../lambdas/domain/events/event.ts';
import { bytesOf, readerFor } from './event-files/options.ts';
import { definitionsOf, readConfig } from './simulate/config-file.ts';
import { alone, threads, type Crew } from './simulate/crew.ts';
import { UsageError } from './simulate/errors.ts';
import { joined, type Input } from './simulate/histories.ts';
import { readText, sharedBytes } from './simulate/input.ts';
import { help, parseOptions, workersFor, type Options } from './simulate/options.ts';
import { printReport } from './simulate/print.ts';
import { Progress } from './simulate/progress.ts';
import { makeReport } from './simulate/report.ts';
import { scanRecords } from './simulate/scan.ts';
import { simulate } from './simulate/simulate.ts';
import { minuteText } from './simulate/times.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else process.exitCode = await main(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function main(options: Options): Promise<number> {
  const plan = compilePlan(await readConfig(options.configFile));
  const progress = new Progress(process.stderr, Date.now);
  const onRead = (share: number | undefined, megabytes: number) => progress.show('reading', share, `${Math.round(megabytes)} MB`);
  const { config } = plan;
  const scan = options.isCsv ? await scanRecords(bytesOf(options, onRead), readerFor(options), config) : undefined;
  const { buffer: bytes } = scan ? sharedBytes(0) : await readText(options, onRead);
  const size = options.workers ?? workersFor(scan?.text.bytes.byteLength ?? bytes.byteLength);
  const source = { bytes, config };
  const crew = size === 1 ? alone(source) : threads(source, size);
  try {
    let bytesParsed = 0;
    const onBytes = (count: number) => {
      bytesParsed += count;
      progress.show('parsing', bytesParsed / bytes.byteLength);
    };
    return await simulated(plan, crew, joined(scan ? [scan] : await crew.scan(onBytes)), options, progress);
  } finally {
    await crew.close();
  }
}

async function simulated(plan: Plan, crew: Crew, input: Input, options: Options, progress: Progress): Promise<number> {
  const { file, untilMs, userId, asJson } = options;
  progress.done();
  if (input.count === 0) {
    const { count, first } = input.refused;
    console.error([`${file}: no event could be read; ${count} lines were refused`, ...first.map(({ line, reason }) => `  line ${line}: ${reason}`)].join('\n'));
    return 1;
  }
  check(input, options);
  let eventsDone = 0;
  const onEvents = (count: number) => {
    eventsDone += count;
    progress.show('folding', eventsDone / input.count);
  };
  const simulation = await simulate({ plan, input, crew, untilMs, userId, definitionFolder: await definitionsOf(options.configFile), onEvents });
  progress.done();
  const report = makeReport(plan, input, simulation);
  console.log(asJson ? JSON.stringify(report, null, 2) : printReport(report));
  return 0;
}

/** @throws UsageError when the options do not go with the input */
function check({ firstAtMs, keys }: Input, { untilMs, userId }: Options): void {
  if (untilMs !== undefined && untilMs < firstAtMs)
    throw new UsageError(`--at: ${minuteText(untilMs)}: must not be before the first event, ${minuteText(firstAtMs)}`);
  if (userId !== undefined && !keys.some((key) => idIn(key) === userId))
    throw new UsageError(`--user: ${JSON.stringify(userId)}: no event names this user or anonymous id`);
}
