import type { PropertyFilter } from '../../schemas/rule.ts';
import { shortHash } from '../hash.ts';
import { mergeSessions, type Session } from './sessions.ts';
import { exactly, sumOf } from '../events/amount.ts';
import { utcDay } from '../time.ts';

/** Which of a person's events a rule counts, and how much of them must be remembered to answer it. */
export interface SignalDefinition {
  id: string;
  /** Name of the event, or `*` for everything that the person does. */
  event: string;
  where?: PropertyFilter[];
  /** How many of the most recent timestamps answer every rule that asks: "at least n within W" needs n of them. */
  keep: number;
  /** Property that is summed: per UTC day for so many days, and over all time where a rule asks for that. */
  sum?: { property: string; days: number; ever?: true };
  /** Set when sessions are made out of the events, with the least lengths that rules ask for. */
  sessions?: { lastingMs: readonly number[] };
}

/** What is remembered of a signal's events. Merging two states is commutative and associative. */
export interface SignalState {
  count: number;
  firstAtMs: number;
  /** The most recent timestamps, newest first, at most `keep`. */
  recentAtMs: number[];
  /** Sums by number of the UTC day. */
  dailySums?: Record<string, number>;
  /** Sum over all time. */
  total?: number;
  /** Newest first. */
  sessions?: Session[];
}

/** The same question has the same id in every version of the config, whatever rule asks it. */
export function signalId(event: string, where?: PropertyFilter[], sumOf?: string): string {
  const filters = (where ?? []).map((filter) => JSON.stringify(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
  return shortHash([event, sumOf ?? '', ...filters], 6);
}

/** The state of a single event. */
export function oneEvent(definition: SignalDefinition, atMs: number, amount?: number): SignalState {
  const state: SignalState = { count: 1, firstAtMs: atMs, recentAtMs: [atMs] };
  if (definition.sum && amount !== undefined) {
    if (definition.sum.days > 0) state.dailySums = { [utcDay(atMs)]: exactly(amount) };
    if (definition.sum.ever) state.total = exactly(amount);
  }
  if (definition.sessions) state.sessions = [[atMs, atMs]];
  return state;
}

/** The state of two sets of events that have no event in common. */
export function mergeSignals(definition: Pick<SignalDefinition, 'keep' | 'sum' | 'sessions'>, a: SignalState | undefined, b: SignalState): SignalState {
  if (a === undefined) return b;
  const merged: SignalState = {
    count: a.count + b.count,
    firstAtMs: Math.min(a.firstAtMs, b.firstAtMs),
    recentAtMs: newest(a.recentAtMs, b.recentAtMs, definition.keep),
  };
  const { days = 1, ever } = definition.sum ?? {};
  if (days > 0 && (a.dailySums ?? b.dailySums)) merged.dailySums = mergeDays(a.dailySums ?? {}, b.dailySums ?? {}, days);
  if (ever && (a.total ?? a.dailySums ?? b.total ?? b.dailySums) !== undefined) merged.total = sumOf(totalOf(a), totalOf(b));
  if (a.sessions ?? b.sessions) merged.sessions = mergeSessions(a.sessions ?? [], b.sessions ?? [], definition.sessions?.lastingMs);
  return merged;
}

/** The newest of two lists, which are in order already. */
function newest(a: readonly number[], b: readonly number[], keep: number): number[] {
  const merged: number[] = [];
  for (let [inA, inB] = [0, 0]; merged.length < keep && inA + inB < a.length + b.length; ) {
    const isFromB = inA === a.length || (b[inB] ?? -Infinity) >= (a[inA] as number);
    merged.push((isFromB ? b[inB++] : a[inA++]) as number);
  }
  return merged;
}

function mergeDays(a: Record<string, number>, b: Record<string, number>, days: number): Record<string, number> {
  const sums: Record<string, number> = { ...a };
  for (const [day, sum] of Object.entries(b)) sums[day] = sumOf(sums[day] ?? 0, sum);
  const oldest = Math.max(...Object.keys(sums).map(Number)) - days;
  return Object.fromEntries(Object.entries(sums).filter(([day]) => Number(day) > oldest));
}

/** Sum over all time. What was remembered before a rule asked for it knows days only. */
export const totalOf = ({ total, dailySums }: SignalState): number => total ?? Object.values(dailySums ?? {}).reduce(sumOf, 0);

/** How many of some times, newest first, lie less than `windowMs` before `nowMs`. */
export function countWithin(newestFirst: readonly number[], nowMs: number, windowMs: number): number {
  let count = 0;
  while (count < newestFirst.length && nowMs - (newestFirst[count] as number) < windowMs) count += 1;
  return count;
}

/** Sum over today and the `days - 1` UTC days before it. */
export function sumWithin(state: SignalState | undefined, nowMs: number, days: number): number {
  const today = utcDay(nowMs);
  let sum = 0;
  for (const [day, amount] of Object.entries(state?.dailySums ?? {})) if (Number(day) > today - days && Number(day) <= today) sum = sumOf(sum, amount);
  return sum;
}
