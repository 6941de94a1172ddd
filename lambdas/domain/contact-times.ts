import type { CampaignConfig, Config } from '../schemas/config.ts';
import { knownTimeZone } from './locale.ts';
import { dayMs, hourMs } from './time.ts';

type Contact = Config['contact'];

/** Emails that a person got or is about to get, by id of the send. */
export interface Contacted {
  sendId: string;
  atMs: number;
}

/**
 * The first instant, not before `nowMs`, at which the person may be written to: outside of their quiet hours, and with
 * fewer emails in the day and the week before than the caps allow.
 * @param others emails that count, without the one in question
 */
export function mayContactAtMs(contact: Contact, others: readonly Contacted[], timeZone: string, nowMs: number): number {
  const times = others.map(({ atMs }) => atMs).sort((a, b) => b - a);
  let atMs = nowMs;
  // Each rule only moves the instant on, and a moved instant may meet the other rule; a few turns always suffice.
  for (let turn = 0; turn < 8; turn += 1) {
    const capped = Math.max(cappedUntilMs(times, atMs, dayMs, contact.maxPerDay), cappedUntilMs(times, atMs, 7 * dayMs, contact.maxPerWeek));
    const next = quietUntilMs(contact.quietHours, timeZone, Math.max(atMs, capped));
    if (next === atMs) return atMs;
    atMs = next;
  }
  return atMs;
}

function cappedUntilMs(newestFirst: readonly number[], atMs: number, windowMs: number, max: number | undefined): number {
  const within = newestFirst.filter((time) => time <= atMs && atMs - time < windowMs);
  const last = max === undefined ? undefined : within[max - 1];
  return last === undefined ? atMs : last + windowMs;
}

function quietUntilMs(quiet: Contact['quietHours'], timeZone: string, atMs: number): number {
  if (quiet === undefined || !isQuiet(quiet, localHour(timeZone, atMs))) return atMs;
  // Hour by hour instead of by arithmetic: where clocks are changed, an hour may be missing or come twice.
  let untilMs = Math.floor(atMs / quarterMs) * quarterMs + quarterMs;
  while (isQuiet(quiet, localHour(timeZone, untilMs))) untilMs += quarterMs;
  return untilMs;
}

/** All zones of today differ from UTC by whole quarters of an hour. */
const quarterMs = hourMs / 4;

/** From 22 to 8 goes over midnight; from 0 to 0 would be never. */
function isQuiet({ fromHour, toHour }: NonNullable<Contact['quietHours']>, hour: number): boolean {
  return fromHour <= toHour ? hour >= fromHour && hour < toHour : hour >= fromHour || hour < toHour;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localHour(timeZone: string, atMs: number): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en', { timeZone: knownTimeZone(timeZone), hour: 'numeric', hourCycle: 'h23' });
    // There are some six hundred zones, and whatever people's traits say.
    if (formats.size < 1000) formats.set(timeZone, format);
  }
  return Number(format.format(atMs));
}

/** The last instant at which a step's email still makes sense: what its workflow waits, and `maxDelayHours` for each step. */
export function latestSendMs(contact: Contact, { steps }: Pick<CampaignConfig, 'steps'>, stepName: string, entryAtMs: number): number {
  const names = Object.keys(steps);
  const before = names.slice(0, names.indexOf(stepName) + 1);
  return before.reduce((sumMs, name) => sumMs + ((steps[name]?.afterHours ?? 0) + contact.maxDelayHours) * hourMs, entryAtMs);
}
