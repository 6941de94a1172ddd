import { workflowOutcomes, type WorkflowOutcome } from '../profile/effects.ts';
import { isIn, type Period } from '../period.ts';
import type { Tally } from './tally.ts';

/** A workflow as it is recorded; its end is missing while it runs. */
export interface WorkflowRecord {
  campaign: string;
  entryAtMs: number;
  endedAtMs?: number;
  outcome?: WorkflowOutcome;
}

/** Places in the names of the tally. */
export const workflowPlace = { campaign: 0, what: 1 } as const;

const entered = 'entered';

/** Counts those that began in the period, and those that ended in it. */
export function addWorkflows(tally: Tally, workflows: readonly WorkflowRecord[], period: Period): void {
  for (const { campaign, entryAtMs, endedAtMs, outcome } of workflows) {
    if (isIn(period, entryAtMs)) tally.add([campaign, entered]);
    if (endedAtMs !== undefined && outcome !== undefined && isIn(period, endedAtMs)) tally.add([campaign, outcome]);
  }
}

export type WorkflowCounts = Record<'entered' | WorkflowOutcome, number>;

export function workflowNumbers(tally: Tally, campaign: string): WorkflowCounts {
  return Object.fromEntries([entered, ...workflowOutcomes].map((what) => [what, tally.get(campaign, what)])) as WorkflowCounts;
}
