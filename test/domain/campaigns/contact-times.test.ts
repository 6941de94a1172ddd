import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueTimesMs, latestSendMs, localHourOf, mayContactAtMs } from '../../../lambdas/domain/campaigns/contact-times.ts';

const at = (text: string) => Date.parse(text);
const iso = (atMs: number) => new Date(atMs).toISOString();
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const quiet = { quietHours: { fromHour: 22, toHour: 8 }, maxDelayHours: 24 };
const mails = (...times: number[]) => times.map((atMs, index) => ({ sendId: `s${index}`, atMs }));

describe('quiet hours', () => {
  // Berlin: clocks go forward on 2026-03-29 and back on 2026-10-25. Kathmandu is 5:45 ahead of UTC all year.
  test.each([
    ['in winter', 'Europe/Berlin', '2026-01-10T21:30:00Z', '2026-01-11T07:00:00.000Z'],
    ['in the night that is an hour short', 'Europe/Berlin', '2026-03-28T23:30:00Z', '2026-03-29T06:00:00.000Z'],
    ['in the night that is an hour long', 'Europe/Berlin', '2026-10-24T22:30:00Z', '2026-10-25T07:00:00.000Z'],
    ['at a quarter past', 'Asia/Kathmandu', '2026-05-01T20:00:00Z', '2026-05-02T02:15:00.000Z'],
    ['in New York', 'America/New_York', '2026-07-01T03:00:00Z', '2026-07-01T12:00:00.000Z'],
    ['where nobody knows the zone', 'Middle/Earth', '2026-05-01T23:00:00Z', '2026-05-02T08:00:00.000Z'],
  ])('end in the morning %s', (_when, zone, now, expected) => {
    expect(iso(mayContactAtMs(quiet, [], zone, at(now)))).toBe(expected);
  });

  test('let email go by day, at once', () => {
    const noon = at('2026-01-10T12:00:00.123Z');
    expect(mayContactAtMs(quiet, [], 'Europe/Berlin', noon)).toBe(noon);
  });
});

describe('caps', () => {
  const noon = at('2026-01-10T12:00:00Z');

  test('put off until the oldest email that is too many is a day or a week old', () => {
    expect(mayContactAtMs({ maxPerDay: 1, maxDelayHours: 24 }, mails(noon - 20 * hourMs), 'UTC', noon)).toBe(noon + 4 * hourMs);
    expect(mayContactAtMs({ maxPerDay: 2, maxDelayHours: 24 }, mails(noon - 20 * hourMs), 'UTC', noon)).toBe(noon);
    expect(mayContactAtMs({ maxPerWeek: 2, maxDelayHours: 24 }, mails(noon - 6 * dayMs, noon - 2 * dayMs), 'UTC', noon)).toBe(noon + dayMs);
  });

  test('and quiet hours hold together', () => {
    const until = mayContactAtMs({ ...quiet, maxPerDay: 1 }, mails(noon - 13 * hourMs), 'UTC', noon);
    expect(iso(until)).toBe('2026-01-11T08:00:00.000Z');
  });

  test('are never broken, however emails came before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 * 24 }), { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 3, max: 6 }), (hours, maxPerDay, maxPerWeek) => {
        const sent: number[] = [];
        for (const hour of [...hours].sort((a, b) => a - b)) {
          const wantedMs = noon + hour * hourMs;
          const atMs = mayContactAtMs({ ...quiet, maxPerDay, maxPerWeek }, mails(...sent), 'Europe/Berlin', wantedMs);
          expect(atMs).toBeGreaterThanOrEqual(wantedMs);
          if (atMs === wantedMs) sent.push(atMs);
        }
        for (const last of sent) {
          expect(sent.filter((one) => one <= last && last - one < dayMs).length).toBeLessThanOrEqual(maxPerDay);
          expect(sent.filter((one) => one <= last && last - one < 7 * dayMs).length).toBeLessThanOrEqual(maxPerWeek);
        }
      }),
    );
  });
});

test('a step is too late when its waits and a delay for each step are over', () => {
  const steps = { offer: { email: 'a', afterHours: 48, shows: 'cart', evenIfEmpty: false }, reminder: { email: 'b', afterHours: 72, shows: 'cart', evenIfEmpty: false } } as const;
  expect(latestSendMs({ maxDelayHours: 24 }, { steps, waits: {} }, 'offer', 0)).toBe(72 * hourMs);
  expect(latestSendMs({ maxDelayHours: 24 }, { steps, waits: {} }, 'reminder', 0)).toBe((48 + 24 + 72 + 24) * hourMs);
  const waits = { look: { event: 'product_viewed', timeoutHours: 10 } };
  expect(latestSendMs({ maxDelayHours: 24 }, { steps, waits }, 'offer', 0)).toBe(82 * hourMs);
});

describe('room for campaigns of higher priority', () => {
  const now = at('2026-05-04T12:00:00Z');
  const daily = { maxPerDay: 1, maxDelayHours: 72 };

  test('is kept when what is left under the cap would not do for both', () => {
    const reservedMs = [now + 5 * hourMs];
    expect(mayContactAtMs(daily, [], 'UTC', now, { reservedMs })).toBe(now + 5 * hourMs + 1);
    expect(mayContactAtMs({ ...daily, maxPerDay: 2 }, [], 'UTC', now, { reservedMs })).toBe(now);
    expect(mayContactAtMs({ ...daily, maxPerDay: 2 }, mails(now - hourMs), 'UTC', now, { reservedMs })).toBe(now + 5 * hourMs + 1);
  });

  test('is kept in the week as it is in the day', () => {
    const weekly = { maxPerWeek: 1, maxDelayHours: 200 };
    const reservedMs = [now + 3 * dayMs];
    expect(mayContactAtMs(weekly, [], 'UTC', now, { reservedMs })).toBe(now + 3 * dayMs + 1);
    expect(mayContactAtMs({ ...weekly, maxPerWeek: 2 }, [], 'UTC', now, { reservedMs })).toBe(now);
  });

  test('is not kept for what lies beyond the window, or is past', () => {
    expect(mayContactAtMs(daily, [], 'UTC', now, { reservedMs: [now + dayMs, now - hourMs] })).toBe(now);
    expect(mayContactAtMs({ maxDelayHours: 24 }, [], 'UTC', now, { reservedMs: [now + hourMs] })).toBe(now);
  });

  test('is asked for at the times at which the steps are due', () => {
    const steps = { a: { email: 'x', afterHours: 2, shows: 'cart', evenIfEmpty: false }, b: { email: 'x', afterHours: 3, shows: 'cart', evenIfEmpty: false } } as const;
    expect(dueTimesMs({ steps }, now)).toEqual([now + 2 * hourMs, now + 5 * hourMs]);
  });
});

describe('the hour of the day', () => {
  const free = { maxDelayHours: 48 };
  test.each([
    ['comes today', 'Europe/Berlin', '2026-01-10T06:20:00Z', 9, '2026-01-10T08:00:00.000Z'],
    ['comes tomorrow', 'Europe/Berlin', '2026-01-10T09:00:00Z', 9, '2026-01-11T08:00:00.000Z'],
    ['is skipped when clocks go forward', 'Europe/Berlin', '2026-03-29T00:30:00Z', 2, '2026-03-30T00:00:00.000Z'],
    ['comes twice when clocks go back, and the first one counts', 'Europe/Berlin', '2026-10-24T23:30:00Z', 2, '2026-10-25T00:00:00.000Z'],
  ])('%s', (_when, zone, now, localHour, expected) => {
    expect(iso(mayContactAtMs(free, [], zone, at(now), { localHour }))).toBe(expected);
  });

  test('is now for all of that hour', () => {
    const now = at('2026-01-10T08:59:59Z');
    expect(mayContactAtMs(free, [], 'Europe/Berlin', now, { localHour: 9 })).toBe(now);
  });

  test('of activity in UTC is read in the zone of the person, as it is now', () => {
    expect(localHourOf(18, 'Europe/Berlin', at('2026-01-10T12:00:00Z'))).toBe(19);
    expect(localHourOf(18, 'Europe/Berlin', at('2026-07-10T12:00:00Z'))).toBe(20);
  });
});
