import { dayMs } from '../time.ts';
import type { Decisions } from './unsubscribed.ts';

/** What is known of an address, whoever has it. */
export interface Inbox {
  suppressed: boolean;
  /** Topics that were left, or come back to, by links in emails to this address. */
  decisions: Decisions;
}

export const unknownInbox: Inbox = { suppressed: false, decisions: { unsubscribedAtMs: {}, resubscribedAtMs: {} } };

/** An email that did not arrive, for a reason that may pass. */
export interface SoftBounce {
  sendId: string;
  atMs: number;
}

/** So many emails within so many days. */
export interface SoftBounceLimit {
  softBounces: number;
  withinDays: number;
}

/** Twice the highest limit. */
const mostKept = 40;

/** Each email counts once, with the earliest time reported. The result does not depend on the order. */
export function withSoftBounce(known: readonly SoftBounce[], bounce: SoftBounce): SoftBounce[] {
  const same = known.find(({ sendId }) => sendId === bounce.sendId);
  const first = same && same.atMs <= bounce.atMs ? same : bounce;
  return [...known.filter(({ sendId }) => sendId !== bounce.sendId), first].sort((a, b) => a.atMs - b.atMs || (a.sendId < b.sendId ? -1 : 1)).slice(-mostKept);
}

/** Were there ever that many soft bounces within that many days? */
export const isOverLimit = (bounces: readonly SoftBounce[], { softBounces, withinDays }: SoftBounceLimit): boolean =>
  bounces.some(({ atMs }, first) => {
    const last = bounces[first + softBounces - 1];
    return last !== undefined && last.atMs - atMs <= withinDays * dayMs;
  });
