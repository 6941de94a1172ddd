import type { History } from './history.ts';
import type { Witness } from './witness.ts';
import { conversionsAreRecorded, eventsAreCounted, feedbackIsCounted } from './counting.ts';
import { othersGoOn } from './delays.ts';
import { erasedAreGone, erasedAreLeftAlone, erasedAreNotMailed, ofOthers } from './erasure.ts';
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

/** What is promised to people who were erased; the other rules are about everybody else. */
export const erasureRules: Readonly<Record<string, Rule>> = {
  'nothing remains of an erased person': erasedAreGone,
  'an erased person is not mailed': erasedAreNotMailed,
  'workflows of an erased person end': erasedAreLeftAlone,
  'no faster than the send rate': rateHolds,
  'outboxes drain': outboxesDrain,
};

/** Promises that are not kept yet, and why; they are looked at, and fail nothing. */
export const open: Readonly<Record<string, string>> = {};

export function checkHistory(history: History, witness: Witness): Violation[] {
  const others = ofOthers(history, witness);
  const found = (own: typeof rules, told: History, known: Witness) => Object.entries(own).flatMap(([rule, check]) => check(told, known).map((problem) => ({ rule, problem })));
  return [...found(rules, others.history, others.witness), ...(others.history === history ? [] : found(erasureRules, history, witness))];
}
