import type { CampaignConfig, Config } from '../../schemas/config.ts';
import { knownTimeZone } from '../time-zone.ts';
import { dayMs, hourMs } from '../time.ts';

type Contact = Omit<Config['contact'], 'timeZone'>;

/** Emails that a person got or is about to get, by id of the send. */
export interface Contacted {
  sendId: string;
  atMs: number;
}

/** The limits of one email, in addition to those of all. */
export interface ContactLimits {
  /** Planned send times of campaigns with a higher priority. */
  reservedMs?: readonly number[];
  /** Hour of the person's day, from 0 to 23. */
  localHour?: number | undefined;
}

/**
 * The first instant, not before `nowMs`, at which the person may be written to: outside of their quiet hours, and with
 * fewer emails in the day and the week before than the caps allow.
 * @param others emails that count, without the one in question
 */
export function mayContactAtMs(contact: Contact, others: readonly Contacted[], timeZone: string, nowMs: number, { reservedMs = [], localHour: wanted }: ContactLimits = {}): number {
  const times = others.map(({ atMs }) => atMs).sort((a, b) => b - a);
  let atMs = nowMs;
  // Each rule only moves the instant on, and a moved instant may meet the other rule; a few turns always suffice.
  for (let turn = 0; turn < 8; turn += 1) {
    const capped = Math.max(cappedUntilMs(times, atMs, dayMs, contact.maxPerDay), cappedUntilMs(times, atMs, 7 * dayMs, contact.maxPerWeek));
    const free = Math.max(atMs, capped, reservedUntilMs(times, reservedMs, atMs, dayMs, contact.maxPerDay), reservedUntilMs(times, reservedMs, atMs, 7 * dayMs, contact.maxPerWeek));
    const next = quietUntilMs(contact.quietHours, timeZone, hourUntilMs(wanted, timeZone, free));
    if (next === atMs) return atMs;
    atMs = next;
  }
  return atMs;
}

function cappedUntilMs(newestFirst: readonly number[], atMs: number, windowMs: number, max: number | undefined): number {
  // Clocks differ, so an email may have been sent after `nowMs`. It counts like any other.
  const within = newestFirst.filter((time) => atMs - time < windowMs);
  const last = max === undefined ? undefined : within[max - 1];
  return last === undefined ? atMs : last + windowMs;
}

/** Leaves room for what campaigns of higher priority will send within the same window. */
function reservedUntilMs(newestFirst: readonly number[], reservedMs: readonly number[], atMs: number, windowMs: number, max: number | undefined): number {
  if (max === undefined) return atMs;
  const ahead = reservedMs.filter((time) => time > atMs && time - atMs < windowMs);
  const within = newestFirst.filter((time) => atMs - time < windowMs);
  return within.length + ahead.length < max || ahead.length === 0 ? atMs : Math.min(...ahead) + 1;
}

function hourUntilMs(wanted: number | undefined, timeZone: string, atMs: number): number {
  if (wanted === undefined) return atMs;
  let untilMs = atMs;
  // The hour may be one that is skipped today when clocks are changed; then it comes tomorrow.
  for (let step = 0; step < 8 * 24 && localHour(timeZone, untilMs) !== wanted; step += 1) untilMs = Math.floor(untilMs / quarterMs) * quarterMs + quarterMs;
  return untilMs;
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
    // There are about six hundred zones, but traits can hold any text.
    if (formats.size < 1000) formats.set(timeZone, format);
  }
  return Number(format.format(atMs));
}

/** The hour of the person's day that a UTC hour is now. */
export const localHourOf = (utcHour: number, timeZone: string, nowMs: number): number =>
  localHour(timeZone, Math.floor(nowMs / dayMs) * dayMs + utcHour * hourMs);

/** When the steps of a workflow are due, if nothing delays it. */
export function dueTimesMs({ steps }: Pick<CampaignConfig, 'steps'>, entryAtMs: number): number[] {
  let atMs = entryAtMs;
  return Object.values(steps).map(({ afterHours }) => (atMs += afterHours * hourMs));
}

/** The last instant at which a step's email may go: the entry, plus all waits up to the step (for events, too), plus `maxDelayHours` for each step. */
export function latestSendMs(contact: Contact, { steps, waits }: Pick<CampaignConfig, 'steps' | 'waits'>, stepName: string, entryAtMs: number): number {
  const names = Object.keys(steps);
  const before = names.slice(0, names.indexOf(stepName) + 1);
  const waitingMs = Object.values(waits).reduce((sumMs, { timeoutHours }) => sumMs + timeoutHours * hourMs, 0);
  return before.reduce((sumMs, name) => sumMs + ((steps[name]?.afterHours ?? 0) + contact.maxDelayHours) * hourMs, entryAtMs + waitingMs);
}
