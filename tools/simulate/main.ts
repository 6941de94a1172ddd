import { compilePlan, type Plan } from '../../lambdas/domain/plan/plan.ts';
import { idIn } from '../../lambdas/domain/events/event.ts';
import { bytesOf, readerFor } from '../event-files/options.ts';
import { definitionsOf, readConfig } from './config-file.ts';
import { crewOf, type Crew } from './crew.ts';
import { UsageError } from './errors.ts';
import { joined, type Input } from './histories.ts';
import { findText, type TextSource } from './input.ts';
import { help, parseOptions, workersFor, type Options } from './options.ts';
import { printReport } from './print.ts';
import { Progress } from './progress.ts';
import { makeReport } from './report.ts';
import { scanRecords, type Scan } from './scan.ts';
import { simulate } from './simulate.ts';
import { minuteText } from './times.ts';

/** What a call takes as a line of JSON, more or less. */
const bytesOfCall = 200;

/** @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(argv);
    if (options !== 'help') return await run(options);
    console.log(help);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function run(options: Options): Promise<number> {
  const plan = compilePlan(await readConfig(options.configFile));
  const progress = new Progress(process.stderr, Date.now);
  const onRead = (share: number | undefined, megabytes: number) => progress.show('reading', share, `${Math.round(megabytes)} MB`);
  // Where a record of CSV begins is only known to whoever has read all before it.
  const scanned = options.isCsv ? await scanRecords(bytesOf(options, onRead), readerFor(options), plan.config) : undefined;
  const text = scanned ? undefined : await findText(options, onRead);
  const crew = crewOf(plan, options.workers ?? workersFor(text?.length ?? (scanned?.table.count ?? 0) * bytesOfCall));
  try {
    return await simulated(plan, crew, joined(text ? await scanOf(crew, text, progress) : scanned ? [scanned] : []), options, progress);
  } finally {
    await crew.close();
  }
}

function scanOf(crew: Crew, text: TextSource, progress: Progress): Promise<Scan[]> {
  let bytesParsed = 0;
  return crew.scan(text, (count) => {
    bytesParsed += count;
    progress.show('parsing', bytesParsed / text.length);
  });
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
function check({ firstAtMs, events: { keys } }: Input, { untilMs, userId }: Options): void {
  if (untilMs !== undefined && untilMs < firstAtMs)
    throw new UsageError(`--at: ${minuteText(untilMs)}: must not be before the first event, ${minuteText(firstAtMs)}`);
  if (userId !== undefined && !keys.some((key) => idIn(key) === userId))
    throw new UsageError(`--user: ${JSON.stringify(userId)}: no event names this user or anonymous id`);
}
