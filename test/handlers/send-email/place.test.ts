import { describe, expect, test } from 'vitest';
import type { Config } from '../../../lambdas/schemas/config.ts';
import { hourMs, identify, startMs } from '../../support/events.ts';
import { Trouble } from '../../support/fakes.ts';
import { added, world, nowMs } from '../../support/send-world.ts';

describe('where a person is and how they read', () => {
  const saying = (traits: object) => identify(startMs - hourMs, { email: 'ana@reader.example', marketing_consent: true, ...traits });
  const quietHours = { fromHour: 23, toHour: 9 };
  const worldOf = (traits: object, contact = {}, change: Partial<Config> = {}) => world([saying(traits), added], new Trouble(), contact, new Trouble(), change);
  const untilOf = async (traits: object, timeZone = 'UTC') => (await worldOf(traits, { quietHours: { fromHour: 0, toHour: 23 }, timeZone }).handle()) as { until?: string };

  test.each([
    ['UTC+9', '14:00'],
    ['GMT-03:30', '02:30'],
    ['Tokyo Standard Time', '14:00'],
    ['asia/tokyo', '14:00'],
    ['nowhere', '22:00'],
    [540, '22:00'],
    [undefined, '22:00'],
  ])('their quiet hours in %j end at %s UTC', async (timezone, time) => {
    expect(await untilOf({ timezone }, 'Europe/Berlin')).toMatchObject({ outcome: 'deferred', until: expect.stringContaining(`T${time}:00`) });
  });

  test.each([
    ['de_DE.UTF-8', '12,50'],
    ['fr;q=0.5,de-AT;q=0.9', '12,50'],
    ['en-US,de;q=0.2', '12.50'],
    ['fr,en-US;q=0.5', '12.50'],
    ['klingonisch', '12,50'],
  ])('money in %j is %s', async (locale, price) => {
    const w = worldOf({ locale }, {}, { languages: ['de', 'en'] });
    await w.handle();
    expect(w.mails[0]?.text).toContain(price);
  });

  test('what cannot be read is counted once for an email that goes, with no word of the person in the log', async () => {
    const w = worldOf({ timezone: 'Mars/Olympus', locale: 'klingonisch' }, { quietHours });
    w.clock.nowMs = nowMs + 12 * hourMs;
    expect(await w.handle()).toMatchObject({ outcome: 'sent' });
    await w.handle();
    const place = { campaign: 'abandoned_cart', step: 'offer' };
    expect(w.counted).toEqual([{ ...place, reason: 'unknown-time-zone' }, { ...place, reason: 'unknown-locale' }]);
    expect(w.lines).toEqual(expect.arrayContaining([expect.objectContaining({ level: 'warn', message: 'unknown-time-zone', ...place })]));
    expect(JSON.stringify(w.lines)).not.toMatch(/Mars|klingon/);
  });

  test.each([{}, { timezone: '', locale: ' ' }, { timezone: null, locale: null }, { timezone: 'W. Europe Standard Time', locale: 'DE' }])('nothing is counted for %j', async (traits) => {
    const w = worldOf(traits);
    expect(await w.handle()).toMatchObject({ outcome: 'sent' });
    expect(w.counted).toEqual([]);
  });
});
