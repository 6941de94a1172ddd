import { describe, expect, it } from 'vitest';
import { scheduleTimes } from '../../../local/eventbridge/schedule-times.ts';

const at = (text: string) => Date.parse(text);
const next = (expression: string, after: string, zone = 'UTC') =>
  new Date(scheduleTimes(expression, zone, at('2026-01-01T00:00:00Z'))(at(after))).toISOString();

describe('the next time of a schedule', () => {
  it.each([
    ['rate(5 minutes)', '2026-01-01T00:00:00Z', '2026-01-01T00:05:00.000Z'],
    ['rate(5 minutes)', '2026-01-01T00:04:59Z', '2026-01-01T00:05:00.000Z'],
    ['rate(1 hour)', '2026-01-01T00:05:00Z', '2026-01-01T01:00:00.000Z'],
    ['rate(7 days)', '2026-01-01T00:00:00Z', '2026-01-08T00:00:00.000Z'],
    ['cron(0 3 1 * ? *)', '2026-01-15T00:00:00Z', '2026-02-01T03:00:00.000Z'],
    ['cron(0 3 1 * ? *)', '2026-02-01T03:00:00Z', '2026-03-01T03:00:00.000Z'],
    // Weekdays: 1 is Sunday. The 4th of January 2026 is one.
    ['cron(30 8 ? * 1 *)', '2026-01-01T00:00:00Z', '2026-01-04T08:30:00.000Z'],
    ['cron(30 8 ? * 2-6 *)', '2026-01-03T00:00:00Z', '2026-01-05T08:30:00.000Z'],
    ['cron(30 8 ? * MON *)', '2026-01-01T00:00:00Z', '2026-01-05T08:30:00.000Z'],
    ['cron(0 0 ? * 2#1 *)', '2026-01-06T00:00:00Z', '2026-02-02T00:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-01-01T00:20:00Z', '2026-01-01T00:30:00.000Z'],
    ['cron(0 0 L * ? *)', '2026-02-01T00:00:00Z', '2026-02-28T00:00:00.000Z'],
    ['cron(0 0 1 1 ? 2028)', '2026-02-01T00:00:00Z', '2028-01-01T00:00:00.000Z'],
  ])('%s after %s is %s', (expression, after, expected) => expect(next(expression, after)).toBe(expected));

  it('follows the time zone', () =>
    expect(next('cron(0 3 1 * ? *)', '2026-06-15T00:00:00Z', 'Europe/Berlin')).toBe('2026-07-01T01:00:00.000Z'));

  it.each(['at(2026-01-01T00:00:00)', 'rate(5)', 'cron(0 3 1 * ?)'])('names what it cannot read: %s', (expression) => {
    expect(() => scheduleTimes(expression, 'UTC', 0)).toThrow(expression);
  });
});
