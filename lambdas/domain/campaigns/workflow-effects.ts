import type { CompiledCampaign } from '../plan/campaigns.ts';
import type { Effect, StopWorkflow } from '../profile/effects.ts';
import { isAnonymous, type DomainEvent } from '../events/event.ts';
import { matches } from '../events/filters.ts';
import { keyOf, noKey } from '../profile/entries.ts';
import { hexHash } from '../hash.ts';
import type { Profile, Run } from '../profile/profile.ts';
import { goodUntilMs, isTrue, type RuleView, type Thresholds } from '../rules/compile.ts';
import { isEmpty, own } from '../own.ts';
import { dayMs, hourMs } from '../time.ts';
import { resumeWaiting } from './waits.ts';

/** The part of a profile that campaigns use. */
export type Enrolment = Pick<Profile, 'userKey' | 'runs' | 'exits' | 'entries' | 'webStartsAtMs'>;

export interface WorkflowChange extends Omit<Enrolment, 'userKey'> {
  effects: Effect[];
}

/** What the rules of a campaign are evaluated with. */
export interface RuleContext {
  view: () => RuleView;
  nowMs: number;
  thresholds: Thresholds;
  thresholdsVersion: number;
  /** Set when only a web key speaks: how many workflows it may start for a known person within a day. */
  maxWebStarts?: number | undefined;
}

/**
 * What an event means for a person's workflows: those that it ends, those that wait for it, and one that it starts. Starting
 * depends on when the event arrives, since nobody wants a cart email for last year's import; ending does not.
 */
export function workflowEffects(profile: Enrolment, event: DomainEvent, campaigns: readonly CompiledCampaign[], asked: RuleContext): WorkflowChange {
  const change = unchanged(profile);
  for (const campaign of campaigns) {
    const isExit = event.name === campaign.exit.event && matches(campaign.exit.where, event.properties);
    const touchedLater = isExit ? endBy(change, campaign, event) : [];
    if (hasRunOf(change, campaign)) resumeWaiting(change, campaign, event);
    const { entry } = campaign;
    if (event.source !== 'import' && campaign.restartedBy.has(event.name) && hasRunOf(change, campaign)) restart(change, campaign, event);
    // The order arrived late. What was added to the cart after it is a new cart.
    for (const { key, restartedAtMs } of touchedLater) if (event.source !== 'import') enter(change, profile.userKey, campaign, key, restartedAtMs, asked);
    if (!('event' in entry) || event.name !== entry.event || !matches(entry.where, event.properties)) continue;
    if (event.source === 'import' || asked.nowMs - event.atMs > campaign.maxTriggerAgeHours * hourMs) continue;
    enter(change, profile.userKey, campaign, keyOf(event, campaign), event.atMs, asked);
  }
  return change;
}

/** Workflows that a change of segment starts. */
export function segmentEffects(profile: Enrolment, from: string | undefined, to: string, campaigns: readonly CompiledCampaign[], asked: RuleContext): WorkflowChange {
  const change = unchanged(profile);
  for (const campaign of campaigns) {
    const { entry } = campaign;
    const isEntry = ('entersSegment' in entry && entry.entersSegment === to) || ('leavesSegment' in entry && entry.leavesSegment === from);
    if (isEntry) enter(change, profile.userKey, campaign, noKey, asked.nowMs, asked);
  }
  return change;
}

/**
 * Ends the workflows whose exit rule has become true.
 * @returns also a lower bound of the instant at which time alone could end another one
 */
export function ruleExits(profile: Enrolment, campaigns: readonly CompiledCampaign[], { view, nowMs, thresholds }: RuleContext): WorkflowChange & { changesAtMs: number } {
  const change = { ...unchanged(profile), changesAtMs: Infinity };
  for (const campaign of campaigns) {
    if (campaign.isOver === undefined) continue;
    if (!hasRunOf(change, campaign)) continue;
    const own = Object.entries(change.runs).filter(([, run]) => run.campaign === campaign.name);
    const answer = campaign.isOver(view(), nowMs, thresholds);
    change.changesAtMs = Math.min(change.changesAtMs, goodUntilMs(answer));
    if (!isTrue(answer)) continue;
    change.exits = { ...change.exits, [campaign.name]: Math.max(change.exits[campaign.name] ?? 0, nowMs) };
    for (const [id, run] of own) {
      change.runs = without(change.runs, id);
      change.effects.push(stopOf(run, `the exit rule of ${campaign.name} holds`));
    }
  }
  return change;
}

function hasRunOf({ runs }: Pick<Enrolment, 'runs'>, { name }: CompiledCampaign): boolean {
  for (const id in runs) if (Object.hasOwn(runs, id) && runs[id]?.campaign === name) return true;
  return false;
}

/** Takes a change over into a profile that nobody else has seen yet. */
export function enrol(draft: Profile, { runs, exits, entries, webStartsAtMs, effects }: WorkflowChange): void {
  draft.runs = runs;
  draft.exits = exits;
  draft.entries = entries;
  draft.webStartsAtMs = webStartsAtMs;
  if (effects.length > 0) draft.outbox = [...draft.outbox, ...effects];
}

const unchanged = ({ runs, exits, entries, webStartsAtMs }: Enrolment): WorkflowChange => ({ runs, exits, entries, webStartsAtMs, effects: [] });

/** Has the person done what ends the campaign, since they came in? */
export const isExited = ({ exitLeadMs }: Pick<CompiledCampaign, 'exitLeadMs'>, exitAtMs: number | undefined, entryAtMs: number): boolean => (exitAtMs ?? -Infinity) + exitLeadMs >= entryAtMs;

/** @returns of those that it ends, the ones that were touched after the event */
function endBy(change: WorkflowChange, campaign: CompiledCampaign, event: DomainEvent): (Run & { restartedAtMs: number })[] {
  change.exits = { ...change.exits, [campaign.name]: Math.max(change.exits[campaign.name] ?? 0, event.atMs) };
  const touchedLater: (Run & { restartedAtMs: number })[] = [];
  for (const [id, run] of Object.entries(change.runs)) {
    if (run.campaign !== campaign.name || !isExited(campaign, event.atMs, run.entryAtMs)) continue;
    change.runs = without(change.runs, id);
    change.effects.push(stopOf(run, `${event.name} at ${new Date(event.atMs).toISOString()}`));
    const { restartedAtMs } = run;
    if (restartedAtMs !== undefined && !isExited(campaign, event.atMs, restartedAtMs)) touchedLater.push({ ...run, restartedAtMs });
  }
  return touchedLater;
}

/** The wait begins again. The execution itself does not change: when its wait ends, send-email defers the email. */
function restart(change: WorkflowChange, campaign: CompiledCampaign, event: DomainEvent): void {
  const { entry } = campaign;
  if ('event' in entry && event.name === entry.event && !matches(entry.where, event.properties)) return;
  const key = keyOf(event, campaign);
  for (const [id, run] of Object.entries(change.runs)) {
    // A run whose time is up is over, though nobody has told of its end: it must not keep the person out for ever.
    if (run.campaign !== campaign.name || run.key !== key || event.atMs <= (run.restartedAtMs ?? run.entryAtMs) || event.atMs >= run.endsAtMs) continue;
    change.runs = { ...change.runs, [id]: { ...run, restartedAtMs: event.atMs, endsAtMs: event.atMs + campaign.lifetimeMs } };
  }
}

function enter(change: WorkflowChange, userKey: string, campaign: CompiledCampaign, key: string, entryAtMs: number, { view, nowMs, thresholds, thresholdsVersion, maxWebStarts }: RuleContext): void {
  const id = `${campaign.name}|${key}`;
  if (isExited(campaign, change.exits[campaign.name], entryAtMs) || !mayComeAgain(campaign, own(change.entries, id), entryAtMs)) return;
  if (!campaign.startsWithoutAddress && !view().canBeMailed) return;
  if (campaign.mayEnter && !isTrue(campaign.mayEnter(view(), nowMs, thresholds))) return;
  if (campaign.isOver && isTrue(campaign.isOver(view(), nowMs, thresholds))) return;
  const entered = { campaign: campaign.name, key, entryAtMs, ...(campaign.concurrent && { concurrent: true as const }) };
  const idOfRun = runId(entered);
  const known = own(change.runs, idOfRun);
  if (known !== undefined && entryAtMs < known.endsAtMs) return;
  if (known === undefined && Object.keys(change.runs).length >= mostRuns) return;
  if (maxWebStarts !== undefined && !isAnonymous(userKey)) {
    const recent = startsWithinDay(change.webStartsAtMs, nowMs);
    if (recent.length >= maxWebStarts) return;
    change.webStartsAtMs = [...recent, nowMs];
  }
  // Last, since a hash takes longer than all questions before.
  const executionName = `${campaign.name}-${hexHash([userKey, campaign.name, key, entryAtMs], 24)}`;
  const run: Run = { ...entered, endsAtMs: entryAtMs + campaign.lifetimeMs, executionName };
  change.runs = { ...change.runs, [idOfRun]: run };
  if (campaign.reentry !== 'always') change.entries = { ...change.entries, [id]: entryAtMs };
  change.effects.push({ kind: 'start', campaign: campaign.name, key, entryAtMs, executionName, thresholdsVersion });
}

export const startsWithinDay = (startsAtMs: readonly number[], nowMs: number): number[] => startsAtMs.filter((atMs) => atMs > nowMs - dayMs);

function mayComeAgain({ reentry }: CompiledCampaign, lastEntryAtMs: number | undefined, entryAtMs: number): boolean {
  if (lastEntryAtMs === undefined || reentry === 'always') return true;
  return reentry !== 'once' && entryAtMs - lastEntryAtMs >= reentry.cooldownHours * hourMs;
}

/** Two runs with one id are the same workflow, of which a person has one at a time. */
export const runId = ({ campaign, key, entryAtMs, concurrent }: Pick<Run, 'campaign' | 'key' | 'entryAtMs' | 'concurrent'>): string =>
  concurrent ? `${campaign}|${key}|${entryAtMs}` : `${campaign}|${key}`;

const stopOf = ({ campaign, executionName }: Run, cause: string): StopWorkflow => ({ kind: 'stop', campaign, executionName, cause });

function without(runs: Profile['runs'], id: string): Profile['runs'] {
  const { [id]: _removed, ...rest } = runs;
  return rest;
}

const keptEntries = 50;
/** A campaign may have a workflow for each cart. Somebody with a hundred carts at once is a program. */
const mostRuns = 50;

/** Entries that still prevent another one; of those that do so for ever, only the newest. */
export function entriesThatCount(entries: Profile['entries'], campaigns: readonly CompiledCampaign[], nowMs: number): Profile['entries'] {
  if (isEmpty(entries)) return entries;
  const list = Object.entries(entries);
  const counts = ([id, atMs]: [string, number]) => {
    const campaign = campaigns.find(({ name }) => id.startsWith(`${name}|`));
    return campaign !== undefined && !mayComeAgain(campaign, atMs, nowMs);
  };
  const kept = list.filter(counts);
  if (kept.length === list.length && kept.length <= keptEntries) return entries;
  return Object.fromEntries(kept.sort((a, b) => b[1] - a[1]).slice(0, keptEntries));
}
