import { knownLocale } from '../locale.ts';
import { knownTimeZone } from '../time-zone.ts';

/**
 * An instant as a person reads it: weekday, day, month, time and the zone's name. The year is left out, since
 * emails speak of days to come.
 */
export function formatMoment(atMs: number, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(knownLocale(locale), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: 'numeric',
    minute: '2-digit',
    timeZone: knownTimeZone(timeZone),
    timeZoneName: 'short',
  }).format(atMs);
}
