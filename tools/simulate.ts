import { idIn } from '../lambdas/domain/events/event.ts';
import { compilePlan } from '../lambdas/domain/plan/plan.ts';
import { bytesOf, readerFor } from './event-files/options.ts';
import { readConfig } from './simulate/config-file.ts';
import { UsageError } from './simulate/errors.ts';
import { help, parseOptions, type Options } from './simulate/options.ts';
import { printReport } from './simulate/print.ts';
import { Progress } from './simulate/progress.ts';
import { readEvents } from './simulate/read-events.ts';
import { makeReport } from './simulate/report.ts';
import { simulate } from './simulate/run.ts';
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
  const { file, configFile, untilMs: wantedMs, userId, asJson } = options;
  const plan = compilePlan(await readConfig(configFile));
  const progress = new Progress(process.stderr, Date.now);

  const bytes = bytesOf(options, (share, megabytes) => progress.show('reading', share, `${Math.round(megabytes)} MB`));
  const input = await readEvents(bytes, readerFor(options), plan.config);
  progress.done();

  const { events, refused } = input;
  const lastAtMs = events.at(-1)?.atMs;
  if (lastAtMs === undefined) {
    console.error(
      [
        `${file}: no event could be read; ${refused.count} lines were refused`,
        ...refused.first.map(({ line, reason }) => `  line ${line}: ${reason}`),
      ].join('\n'),
    );
    return 1;
  }
  const firstAtMs = events[0]?.atMs as number;
  if (wantedMs !== undefined && wantedMs < firstAtMs)
    throw new UsageError(`--at: ${minuteText(wantedMs)}: must not be before the first event, ${minuteText(firstAtMs)}`);
  if (
    userId !== undefined &&
    !events.some(({ userKey, anonymousKey }) => idIn(userKey) === userId || (anonymousKey !== undefined && idIn(anonymousKey) === userId))
  ) {
    throw new UsageError(`--user: ${JSON.stringify(userId)}: no event names this user or anonymous id`);
  }

  const simulation = await simulate({
    plan,
    events,
    userId,
    untilMs: wantedMs ?? lastAtMs,
    onProgress: (done) => progress.show('folding', done / events.length),
  });
  progress.done();
  const report = makeReport(plan, input, simulation);
  console.log(asJson ? JSON.stringify(report, null, 2) : printReport(report));
  return 0;
}
