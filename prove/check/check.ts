import type { History } from './history.ts';
import type { Witness } from './witness.ts';
import { conversionsAreRecorded, eventsAreCounted, feedbackIsCounted } from './counting.ts';
import { othersGoOn } from './delays.ts';
import { capsHold, cartsAreLeftAlone, couponsAreUsedOnce, oneMailEach, rateHolds, silenceIsKept } from './mails.ts';
import { nobodyIsLockedOut, outboxesDrain, runsEnd, waitsGoOn, workflowsEnd, workflowsStart } from './workflows.ts';

export interface Violation {
  rule: string;
  /** What was found against what is promised. */
  problem: string;
}

export type Rule = (history: History, witness: Witness) => string[];

/** What Segue promises, whatever goes wrong around it. Nothing here is shared with the product. */
export const rules: Readonly<Record<string, Rule>> = {
  'each stored event is counted once, or lies in the dead letters': eventsAreCounted,
  'each conversion is recorded once': conversionsAreRecorded,
  'each SES event is counted once': feedbackIsCounted,
  'each entry has its workflow': workflowsStart,
  'each workflow has one end': workflowsEnd,
  'a workflow that waits for an event goes on with it': waitsGoOn,
  'a run ends with its execution': runsEnd,
  'nobody is locked out': nobodyIsLockedOut,
  'outboxes drain': outboxesDrain,
  'one person\'s trouble delays nobody else': othersGoOn,
  'at most one mail per person, campaign and step': oneMailEach,
  'caps of day and week hold': capsHold,
  'no faster than the send rate': rateHolds,
  'nothing after an unsubscribe, complaint, bounce or purchase': silenceIsKept,
  'no email about a cart that was just touched': cartsAreLeftAlone,
  'no coupon twice': couponsAreUsedOnce,
};

/** Promises that are not kept yet, and why; they are looked at, and fail nothing. */
export const open: Readonly<Record<string, string>> = {};

export function checkHistory(history: History, witness: Witness): Violation[] {
  return Object.entries(rules).flatMap(([rule, check]) => check(history, witness).map((problem) => ({ rule, problem })));
}
