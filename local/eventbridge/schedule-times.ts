import { Cron } from 'croner';

/**
 * Times of an EventBridge Scheduler expression.
 * @param anchorMs when the schedule was created; a rate counts from there
 * @returns the first time after the one that is given
 * @throws Error naming the expression when it is not `rate(...)` or `cron(...)`
 */
export function scheduleTimes(expression: string, timezone: string, anchorMs: number): (afterMs: number) => number {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate) {
    const everyMs = Number(rate[1]) * { minute: 60_000, hour: 3_600_000, day: 86_400_000 }[rate[2] as 'minute' | 'hour' | 'day'];
    return (afterMs) => anchorMs + Math.max(0, Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs;
  }
  const cron = /^cron\((.+)\)$/.exec(expression)?.[1];
  if (!cron) throw new Error(`schedule ${expression}: the local runtime knows rate(...) and cron(...)`);
  const job = new Cron(cronerPattern(expression, cron), { timezone, paused: true, sloppyRanges: true });
  return (afterMs) => {
    const next = job.nextRun(new Date(afterMs));
    return next ? next.getTime() : Infinity;
  };
}

/** AWS: minute hour day month weekday year, weekdays 1 (Sunday) to 7. croner: seconds first, weekdays 0 (Sunday) to 6. */
function cronerPattern(expression: string, cron: string): string {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 6) throw new Error(`schedule ${expression}: a cron expression has 6 fields, this one has ${fields.length}`);
  const [minute, hour, day, month, weekday, year] = fields as [string, string, string, string, string, string];
  const zeroBased = weekday.replace(/(?<![#/\d])[1-7](?!\d)/g, (number) => String(Number(number) - 1));
  return ['0', minute, hour, day.replace('?', '*'), month, zeroBased.replace('?', '*'), year].join(' ');
}
