import type { Config } from '../../schemas/config.ts';
import { dayMs } from '../time.ts';
import type { Profile } from './profile.ts';

export type Keeping = Pick<Profile, 'onlyByWeb' | 'expiresAtMs'>;

/** Expiry moves in steps of a part of the time, so that the content beside the profile, which has the same, is seldom written for that alone. */
const stepsInTime = 10;

/**
 * Until when a profile is kept after an event: for some time after the last one, and for longer once a server has spoken of the person. The later of two times
 * counts, so the order of events does not matter.
 * @param atMs when the event came in
 */
export function keptUntilMs(onlyByWeb: boolean, before: number | undefined, atMs: number, { retention }: Pick<Config, 'retention'>): number | undefined {
  const days = onlyByWeb ? retention.webProfileDays : retention.profileDays;
  if (days === null) return undefined;
  const stepMs = Math.ceil(days / stepsInTime) * dayMs;
  return Math.max(before ?? 0, Math.ceil((atMs + days * dayMs) / stepMs) * stepMs);
}

/** Of two histories that are one person's: it is kept as long as either. */
export function mergedKeeping(a: Keeping, b: Keeping): Keeping {
  const onlyByWeb = a.onlyByWeb && b.onlyByWeb;
  // A missing time means that the profile is kept for ever, except in a history that only web keys wrote: there it means that no event came yet.
  const times = [a, b].filter((one) => !(one.onlyByWeb && (!onlyByWeb || one.expiresAtMs === undefined)));
  if (times.length === 0 || times.some(({ expiresAtMs }) => expiresAtMs === undefined)) return { onlyByWeb, expiresAtMs: undefined };
  return { onlyByWeb, expiresAtMs: Math.max(...times.map(({ expiresAtMs = 0 }) => expiresAtMs)) };
}
