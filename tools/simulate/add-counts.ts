import type { CampaignCounts, StepCounts, WorkflowCounts } from './workflow-runs.ts';

/** Adds what happened in the workflows of other people. */
export function addCounts(sum: WorkflowCounts, more: WorkflowCounts): void {
  for (const [name, { started, finished, running, stopped }] of Object.entries(more.campaigns)) {
    const campaign = sum.campaigns[name] as CampaignCounts;
    campaign.started += started;
    campaign.finished += finished;
    campaign.running += running;
    addEach(campaign.stopped, stopped);
    for (const [step, { sent, skipped }] of Object.entries(more.steps[name] ?? {})) {
      const counts = sum.steps[name]?.[step] as StepCounts;
      counts.sent += sent;
      addEach(counts.skipped, skipped);
    }
  }
}

function addEach(sum: Record<string, number>, more: Record<string, number>): void {
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
}
