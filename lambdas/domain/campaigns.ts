import type { Effect } from './effects.ts';
import type { DomainEvent } from './events.ts';
import { matches, valueAt } from './filters.ts';
import { hexHash } from './hash.ts';
import type { CompiledCampaign } from './plan.ts';
import type { Profile, Run } from './profile.ts';
import { hourMs } from './time.ts';

/** The key of a campaign that keeps one workflow per person. */
export const noKey = '-';

export interface WorkflowChange {
  runs: Profile['runs'];
  exits: Profile['exits'];
  effects: Effect[];
}

/**
 * What an event means for a person's workflows: those that it ends, and one that it starts. Starting is a matter of
 * the moment (nobody wants a cart email for last year's import), so it depends on when the event arrives; ending does not.
 */
export function workflowEffects(profile: Profile, event: DomainEvent, campaigns: readonly CompiledCampaign[], nowMs: number): WorkflowChange {
  let { runs, exits } = profile;
  const effects: Effect[] = [];
  for (const campaign of campaigns) {
    if (event.name === campaign.exit.event && matches(campaign.exit.where, event.properties)) {
      exits = { ...exits, [campaign.name]: Math.max(exits[campaign.name] ?? 0, event.atMs) };
      for (const [id, run] of Object.entries(runs)) {
        if (run.campaign !== campaign.name || event.atMs < run.entryAtMs) continue;
        runs = without(runs, id);
        effects.push({ kind: 'stop', campaign: campaign.name, executionName: run.executionName, cause: `${event.name} at ${new Date(event.atMs).toISOString()}` });
      }
    }
    const run = entered({ userKey: profile.userKey, runs, exits }, event, campaign, nowMs);
    if (run === undefined) continue;
    runs = { ...runs, [runId(run)]: run };
    effects.push({ kind: 'start', campaign: run.campaign, key: run.key, entryAtMs: run.entryAtMs, executionName: run.executionName });
  }
  return { runs, exits, effects };
}

function entered(profile: Pick<Profile, 'userKey' | 'runs' | 'exits'>, event: DomainEvent, campaign: CompiledCampaign, nowMs: number): Run | undefined {
  if (event.name !== campaign.entry.event || !matches(campaign.entry.where, event.properties)) return undefined;
  if (event.source === 'import' || nowMs - event.atMs > campaign.maxTriggerAgeHours * hourMs) return undefined;
  if ((profile.exits[campaign.name] ?? -Infinity) >= event.atMs) return undefined;
  const key = keyOf(event, campaign);
  const known = profile.runs[runId({ campaign: campaign.name, key })];
  if (known !== undefined && event.atMs < known.endsAtMs) return undefined;
  return {
    campaign: campaign.name,
    key,
    entryAtMs: event.atMs,
    endsAtMs: event.atMs + campaign.lifetimeMs,
    executionName: `${campaign.name}-${hexHash([profile.userKey, campaign.name, key, event.atMs], 24)}`,
  };
}

function keyOf(event: DomainEvent, campaign: CompiledCampaign): string {
  const value = campaign.keyProperty === undefined ? undefined : valueAt(event.properties, campaign.keyProperty);
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 100) : noKey;
}

export const runId = ({ campaign, key }: Pick<Run, 'campaign' | 'key'>): string => `${campaign}|${key}`;

function without(runs: Profile['runs'], id: string): Profile['runs'] {
  const { [id]: _removed, ...rest } = runs;
  return rest;
}
