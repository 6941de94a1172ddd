import fc from 'fast-check';
import windows from 'cldr-core/supplemental/windowsZones.json' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import { mayContactAtMs } from '../../lambdas/domain/campaigns/contact-times.ts';
import { knownTimeZone, readTimeZone } from '../../lambdas/domain/time-zone.ts';
import { windowsZones } from '../../lambdas/domain/windows-zones.ts';

const published = windows.supplemental.windowsZones.mapTimezones.map(({ mapZone }) => mapZone).filter(({ _territory }) => _territory === '001');

describe('names of Windows', () => {
  test('are those that Unicode publishes, each with its zone', () => {
    expect(published.length).toBeGreaterThan(130);
    expect(windowsZones).toEqual(published.map(({ _other, _type }) => [_other, _type]));
  });

  test('are read in any case, as a zone that Intl keeps', () => {
    for (const { _other, _type } of published) {
      const expected = new Intl.DateTimeFormat('en', { timeZone: _type }).resolvedOptions().timeZone;
      for (const name of [_other, _other.toUpperCase(), ` ${_other.toLowerCase()} `]) expect(readTimeZone(name), name).toBe(expected);
    }
  });
});

test('every zone that Intl has is read in any case', () => {
  const zones = Intl.supportedValuesOf('timeZone');
  expect(zones.length).toBeGreaterThan(400);
  for (const zone of zones) expect([readTimeZone(zone), readTimeZone(zone.toLowerCase()), readTimeZone(zone.toUpperCase())], zone).toEqual([zone, zone, zone]);
});

test.each([
  ['UTC+9', '+09:00'],
  ['utc+09:00', '+09:00'],
  ['UTC +9', '+09:00'],
  ['GMT-03:30', '-03:30'],
  ['GMT−3', '-03:00'],
  ['+05:30', '+05:30'],
  ['+0545', '+05:45'],
  ['+14', '+14:00'],
  ['-12:00', '-12:00'],
  ['(UTC+09:00) Osaka, Sapporo, Tokyo', '+09:00'],
  ['(UTC-03:30) Newfoundland', '-03:30'],
  ['UTC+0', 'UTC'],
  ['-00:00', 'UTC'],
  ['Z', 'UTC'],
  ['Etc/GMT-9', 'Etc/GMT-9'],
  ['America/New York', 'America/New_York'],
  ['pst', 'America/Los_Angeles'],
])('%s is %s', (text, expected) => {
  expect(readTimeZone(text)).toBe(expected);
});

test.each(['', ' ', '?', 'Mars/Olympus', 'UTC+15', 'UTC-13', '+09:60', '+05:37', '+9:5', 'BST', 'IST', 'AST', '540', 'constructor', '__proto__', 'Local', '\0', 'x'.repeat(10_000)])('%j is no zone', (text) => {
  expect(readTimeZone(text)).toBeUndefined();
});

test('whatever the text says, an instant can be found in it, outside of quiet hours', () => {
  const near = fc.tuple(fc.constantFrom('', 'UTC', 'gmt ', '(UTC', 'Etc/GMT', 'Z'), fc.constantFrom('+', '-', '−', ''), fc.integer({ min: 0, max: 99 }), fc.constantFrom('', ':00', ':30', '45', ':99', ') X')).map((parts) => parts.join(''));
  const names = fc.constantFrom(...published.map(({ _other }) => _other), ...Intl.supportedValuesOf('timeZone'));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), near, names), fc.integer({ min: 1.7e12, max: 2e12 }), (text, nowMs) => {
      const zone = readTimeZone(text);
      if (zone !== undefined) expect(readTimeZone(zone)).toBe(knownTimeZone(text));
      const atMs = mayContactAtMs({ quietHours: { fromHour: 22, toHour: 8 }, maxDelayHours: 24 }, [], text, nowMs);
      const hour = Number(new Intl.DateTimeFormat('en', { timeZone: zone ?? 'UTC', hour: 'numeric', hourCycle: 'h23' }).format(atMs));
      expect(hour).toBeGreaterThanOrEqual(8);
      expect(hour).toBeLessThan(22);
      expect(atMs - nowMs).toBeLessThan(12 * 3_600_000);
    }),
  );
});
