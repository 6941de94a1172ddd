const isoLike =
  /^(\d{4}-\d{2}-(\d{2}))(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Forms that {@link parseTimeMs} takes, for error messages. */
export const timeForms = '2026-05-01, 2026-05-01T12:00:00Z, 2026-05-01 12:00 (UTC), or seconds or milliseconds since 1970';

/** Epoch milliseconds of a time as exports write it; UTC when it names no zone. `undefined` when it is no time. */
export function parseTimeMs(text: string): number | undefined {
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{13}$/.test(text)) return Number(text);
  const [, date, day, time = '00:00', zone = 'Z'] = isoLike.exec(text) ?? [];
  // JavaScript takes 31 February for 3 March.
  if (date === undefined || new Date(Date.parse(`${date}T00:00Z`)).getUTCDate() !== Number(day)) return undefined;
  const atMs = Date.parse(`${date}T${time}${isoZone(zone)}`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** `+02`, `+0200` and `UTC` as databases write them. */
function isoZone(zone: string): string {
  if (zone === 'UTC') return 'Z';
  return zone.replace(/^([+-]\d{2}):?(\d{2})?$/, (_, hours: string, minutes = '00') => `${hours}:${minutes}`);
}

/** `2026-05-01 12:00`, UTC. */
export const minuteText = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
