import { windowsZones } from './windows-zones.ts';

const ianaByWindows = new Map(windowsZones.map(([windows, iana]) => [windows.toLowerCase(), iana]));

/** Intl reads many short names in one of several ways: BST as Bangladesh, AST as Alaska. Only these mean one thing to everybody. */
const shortNames = new Set(['UTC', 'UCT', 'GMT', 'EST', 'MST', 'HST', 'PST', 'JST', 'WET', 'CET', 'MET', 'EET', 'PRC', 'ROC', 'ROK']);

/** `+9`, `+0930`, `UTC+9`, `GMT-03:30`, and as Windows shows a zone: `(UTC+09:00) Osaka, Sapporo, Tokyo`. */
const offset = /^(?:(?:UTC|GMT)? ?([+\-−])(\d{1,2})(?::?(\d{2}))?|\((?:UTC|GMT)([+\-−])(\d{2}):(\d{2})\) .*)$/i;
/** A longer text names no zone. */
const maxLength = 100;

/**
 * The time zone that a text names, in a form that Intl takes: a name of the IANA database, or an offset such as `+09:00`.
 * Reads IANA names in any case, Windows names, and offsets in which east is positive; `Etc/GMT-9` is nine hours east, as POSIX has it.
 * @returns undefined when the text names none
 */
export function readTimeZone(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  const name = text.trim();
  const windows = ianaByWindows.get(name.toLowerCase());
  if (windows !== undefined) return intlZone(windows);
  const parts = offset.exec(name);
  if (parts) return offsetZone(parts[1] ?? parts[4], Number(parts[2] ?? parts[5]), Number(parts[3] ?? parts[6] ?? 0));
  if (/^z(ulu)?$/i.test(name)) return 'UTC';
  if (/^[a-z]{3}$/i.test(name) && !shortNames.has(name.toUpperCase())) return undefined;
  // "America/New York", as a list for people to choose from shows it.
  return intlZone(name.replaceAll(/ /g, '_'));
}

/** The time zone that a text names, else UTC. */
export const knownTimeZone = (text: string): string => readTimeZone(text) ?? 'UTC';

/** Clocks on earth are from 12 hours behind UTC to 14 ahead, by whole quarters of an hour; anything else is a mistake. */
function offsetZone(sign: string | undefined, hours: number, minutes: number): string | undefined {
  const total = (sign === '+' ? 1 : -1) * (hours * 60 + minutes);
  if (minutes > 59 || minutes % 15 !== 0 || total < -12 * 60 || total > 14 * 60) return undefined;
  const digits = (part: number) => String(part).padStart(2, '0');
  return total === 0 ? 'UTC' : `${sign === '+' ? '+' : '-'}${digits(hours)}:${digits(minutes)}`;
}

function intlZone(timeZone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
