import type { History } from './history.ts';
import type { Witness } from './witness.ts';

const dayMs = 24 * 3_600_000;

/**
 * Events that may be forgotten: those of a key of which only web keys spoke until then, and of which nothing more was heard for so long that its profile has
 * expired. What was joined before that is somebody's who is kept.
 */
export function forgettable(history: History, { webProfileDays }: Pick<Witness, 'webProfileDays'>): ReadonlySet<string> {
  const site = new Map(history.all('event').map((event) => [event.eventId, event]));
  const joined = new Map(history.all('joined').map(({ profile, atMs }) => [profile, atMs]));
  const forgotten = new Set<string>();
  const open = new Map<string, { ids: string[]; lastMs: number }>();
  const spoken = new Set<string>();
  const settle = (key: string, untilMs: number) => {
    const { ids, lastMs } = open.get(key) ?? { ids: [], lastMs: 0 };
    const endMs = Math.min(untilMs, joined.get(key) ?? Infinity);
    if (endMs - lastMs >= webProfileDays * dayMs) ids.forEach((id) => forgotten.add(id));
  };
  for (const { eventId, atMs, by } of history.all('record')) {
    const event = eventId === undefined ? undefined : site.get(eventId);
    if (event === undefined || by !== 'edge') continue;
    const { key, source } = event;
    settle(key, atMs);
    if (source !== 'web') spoken.add(key);
    if (spoken.has(key)) open.delete(key);
    else open.set(key, { ids: [...(open.get(key)?.ids ?? []), event.eventId], lastMs: atMs });
  }
  const endMs = history.entries.at(-1)?.atMs ?? 0;
  for (const key of open.keys()) settle(key, endMs);
  return forgotten;
}
