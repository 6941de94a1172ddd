import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latestSendMs, mayContactAtMs } from '../../lambdas/domain/contact-times.ts';

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
  const steps = { offer: { email: 'a', afterHours: 48 }, reminder: { email: 'b', afterHours: 72 } };
  expect(latestSendMs({ maxDelayHours: 24 }, { steps }, 'offer', 0)).toBe(72 * hourMs);
  expect(latestSendMs({ maxDelayHours: 24 }, { steps }, 'reminder', 0)).toBe((48 + 24 + 72 + 24) * hourMs);
});
