import { setTimeout as sleep } from 'node:timers/promises';
import type { AsyncInvoke } from '../lambda/async-invoke.ts';
import type { Clock } from '../time/clock.ts';
import { isObject, readJsonFile, replaceFile } from '../storage/files.ts';
import type { Resolver } from '../step-functions/intrinsics.ts';
import { scheduleTimes } from './schedule-times.ts';

interface ScheduleProperties {
  ScheduleExpression: string;
  ScheduleExpressionTimezone?: string;
  State?: string;
  Target: { Arn: string; Input?: string };
}

/** By schedule: when it was first seen, and the last time that it was carried out. */
type Progress = Record<string, { anchorMs: number; lastMs: number }>;

export interface ScheduleDeps {
  clock: Clock;
  invoke: AsyncInvoke;
  warn(message: string): void;
  /** Where the times are kept between starts. */
  file: string;
  /** Real time; a schedule runs at most this often, and what it missed counts as one. */
  shortestGapMs?: number;
}

const isProgress = (value: unknown): value is Progress =>
  isObject(value) && Object.values(value).every((one) => isObject(one) && Number.isFinite(one.anchorMs) && Number.isFinite(one.lastMs));

/** EventBridge Scheduler under virtual time. Resolves when the signal aborts. */
export async function runSchedules(resolver: Resolver, deps: ScheduleDeps, signal: AbortSignal): Promise<void> {
  const progress: Progress = readJsonFile(deps.file, { isValid: isProgress, advice: 'Delete it, and schedules begin anew at the next start.' }) ?? {};
  const schedules = resolver.idsOf('AWS::Scheduler::Schedule').map((id) => ({ id, ...resolver.properties<ScheduleProperties>(id) }));
  await Promise.all(schedules.filter(({ State }) => State !== 'DISABLED').map((schedule) => runOne(schedule, progress, deps, signal)));
}

async function runOne(
  { id, ...schedule }: ScheduleProperties & { id: string },
  progress: Progress,
  deps: ScheduleDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, invoke, warn, file, shortestGapMs = 250 } = deps;
  const nowMs = clock.nowMs();
  const own = (progress[id] ??= { anchorMs: nowMs, lastMs: nowMs });
  replaceFile(file, JSON.stringify(progress));
  const nextAfter = scheduleTimes(schedule.ScheduleExpression, schedule.ScheduleExpressionTimezone ?? 'UTC', own.anchorMs);
  while (!signal.aborted) {
    try {
      await clock.waitUntil(nextAfter(own.lastMs), signal);
      const dueMs = latestDue(nextAfter, own.lastMs, clock.nowMs());
      await Promise.all([
        invoke(schedule.Target.Arn, input(schedule.Target.Input, id, dueMs), signal),
        sleep(shortestGapMs, undefined, { signal }),
      ]);
      // Afterwards, so that a kill in between repeats the run instead of leaving it out.
      own.lastMs = dueMs;
      replaceFile(file, JSON.stringify(progress));
    } catch (error) {
      if (signal.aborted) return;
      warn(`schedule ${id}: ${String(error)}`);
      await sleep(shortestGapMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Only the last of the missed times is run; it covers the earlier ones. */
function latestDue(nextAfter: (afterMs: number) => number, lastMs: number, nowMs: number): number {
  let due = nextAfter(lastMs);
  for (let next = nextAfter(due); next <= nowMs; next = nextAfter(due)) due = next;
  return due;
}

function input(text: string | undefined, id: string, atMs: number): unknown {
  if (text === undefined) return {};
  return JSON.parse(
    text
      .replaceAll('<aws.scheduler.scheduled-time>', `${new Date(atMs).toISOString().slice(0, 19)}Z`)
      .replaceAll('<aws.scheduler.schedule-arn>', id),
  );
}
