const form =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** What `toISOString` writes, which nearly every client sends: there is nothing to check but the digits. Every month has 28 days, all but February have 30, and some 31. */
const plainForm = /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** The last time in plain form: several steps ask for the one of an event, one after the other. */
const last = { text: '', atMs: 0 };

/** Is it a time as `toISOString` writes it? Not said of the 29th of February, which only some years have. */
export const isPlainInstant = (value: unknown): boolean => typeof value === 'string' && value.length === 24 && (value === last.text || plainForm.test(value));

function plainInstantMs(text: string): number {
  if (text !== last.text) {
    last.text = text;
    last.atMs = Date.parse(text);
  }
  return last.atMs;
}

/**
 * A time as clients write it: ISO 8601 with or without fractions of a second, with `Z`, `+02:00` or `+0200`, or with no zone, which
 * is UTC; or milliseconds since 1970 as a number.
 * @returns undefined when it is no time
 */
export function instantMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(Math.trunc(value)) ? Math.trunc(value) : undefined;
  if (typeof value !== 'string') return undefined;
  if (isPlainInstant(value)) return plainInstantMs(value);
  const parts = form.exec(value.trim());
  if (parts === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = parts as unknown as string[];
  const date = `${year}-${month}-${day}`;
  const atMs = Date.parse(`${date}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  // The 30th of February would become the 1st or 2nd of March.
  if (Number.isNaN(atMs) || (hour !== '24' && new Date(atMs).toISOString().slice(0, 10) !== date)) return undefined;
  const offsetMs = offsetOf(zone);
  return offsetMs === undefined ? undefined : atMs - offsetMs;
}

function offsetOf(zone: string): number | undefined {
  if (zone.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
