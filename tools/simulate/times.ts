const isoLike = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/;

/** Forms that {@link parseTimeMs} takes, for error messages. */
export const timeForms = '2026-05-01, 2026-05-01T12:00:00Z, 2026-05-01 12:00 (UTC), or seconds or milliseconds since 1970';

/** Epoch milliseconds of a time as exports write it; UTC when it names no zone. `undefined` when it is no time. */
export function parseTimeMs(text: string): number | undefined {
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{13}$/.test(text)) return Number(text);
  const [, date, time = '00:00', zone = 'Z'] = isoLike.exec(text) ?? [];
  const atMs = date === undefined ? NaN : Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** `2026-05-01 12:00`, UTC. */
export const minuteText = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
