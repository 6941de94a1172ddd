import type { Effect } from '../profile/effects.ts';
import type { DomainEvent } from '../events/event.ts';
import { matches } from '../events/filters.ts';
import type { CompiledCampaign } from '../plan/campaigns.ts';
import type { Profile, Run } from '../profile/profile.ts';
import { own } from '../own.ts';

interface Resumed {
  runs: Profile['runs'];
  effects: Effect[];
}

/** The workflows of a campaign go on that wait for the event, or will wait for it later. */
export function resumeWaiting(change: Resumed, campaign: CompiledCampaign, event: DomainEvent): void {
  for (const [wait, awaited] of Object.entries(campaign.waits)) {
    if (event.name !== awaited.event || !matches(awaited.where, event.properties)) continue;
    for (const [id, run] of Object.entries(change.runs)) if (run.campaign === campaign.name && event.atMs >= run.entryAtMs) resume(change, id, run, wait, event.atMs);
  }
}

/**
 * Workflows whose awaited event came before they did, though it happened after their beginning: the two came in another order than they happened in, or
 * a visitor did the one and a known person the other. The profile knows when it happened last.
 */
export function resumeMissed({ runs, signals }: Pick<Profile, 'runs' | 'signals'>, campaigns: readonly CompiledCampaign[]): Resumed {
  const change: Resumed = { runs, effects: [] };
  for (const { name, awaited } of campaigns) {
    for (const [wait, signal] of awaited) {
      const lastAtMs = own(signals, signal)?.recentAtMs[0] ?? -Infinity;
      // One event may be what a workflow begins with, and what it waits for afterwards: then it is the next one that counts.
      for (const [id, run] of Object.entries(change.runs)) if (run.campaign === name && lastAtMs > run.entryAtMs) resume(change, id, run, wait, lastAtMs);
    }
  }
  return change;
}

/** A wait ends with its first event; resuming it again would only cost calls. */
function resume(change: Resumed, id: string, run: Run, wait: string, atMs: number): void {
  const { campaign, executionName, resumedWaits: heard = [] } = run;
  if (heard.includes(wait)) return;
  change.runs = { ...change.runs, [id]: { ...run, resumedWaits: [...heard, wait] } };
  change.effects.push({ kind: 'resume', campaign, executionName, wait, atMs });
}
