import { enrol, entriesThatCount, ruleExits, segmentEffects, type RuleContext } from '../campaigns/workflow-effects.ts';
import { resumeMissed } from '../campaigns/waits.ts';
import { decideAmbiguous, mayDecide, type Decided } from '../classifier/decide.ts';
import type { DecidingEvent, RecordTransition } from '../profile/effects.ts';
import { isEmpty, own } from '../own.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import type { RuleView } from '../rules/compile.ts';
import { scoreAt } from '../rules/score.ts';
import { assignSegment, reassignSegment, thresholdsOn, type Assignment } from '../rules/segments.ts';
import { viewOf, type Moment } from '../profile/view.ts';

/** What led to a decision; time alone when there is no `event`. */
export interface Trigger {
  /** Name of the last event. */
  event?: string | undefined;
  /** Places of the segments that events may have changed, ascending; without it, any may have. */
  touched?: readonly number[];
  /** Set when the person did not cause the change, as with imported history: then it starts no workflow. */
  startsNothing?: 'import' | 'rules' | undefined;
  /** Set when only a web key speaks; see RuleContext. */
  maxWebStarts?: number | undefined;
}

/** Brings thresholds, segment, workflows and due time up to a moment, after events or because time has passed. */
export function settle(plan: Plan, profile: Profile, moment: Moment, trigger: Trigger = {}): Profile {
  const draft = { ...profile };
  settleDraft(plan, draft, moment, trigger);
  return draft;
}

/** The same in place, for a profile that nobody else has seen yet. */
export function settleDraft(plan: Plan, draft: Profile, moment: Moment, { event, touched, startsNothing, maxWebStarts }: Trigger): void {
  const { nowMs, thresholds, thresholdsVersion } = moment;
  const on = thresholdsOn(plan.config, draft, nowMs, thresholds);
  const view: RuleView = viewOf(plan, draft, on);
  const settledBy = settledByOf(plan, moment);
  const { name: fallback } = plan.config.fallback;
  // With a classifier, the stored segment may differ from the rules' answer, so all rules are evaluated.
  const known = touched && draft.settledBy === settledBy && !mayDecide(plan, moment.model) ? knownAssignment(draft, nowMs) : undefined;
  const assigned =
    known && touched
      ? reassignSegment(plan.segments, fallback, view, nowMs, thresholds, known, touched)
      : assignSegment(plan.segments, fallback, view, nowMs, thresholds);
  const decided = decideAmbiguous(plan, view, moment, assigned);
  draft.settledBy = settledBy;
  draft.thresholdsOn = on;
  draft.runs = unfinished(draft.runs, nowMs);
  draft.entries = entriesThatCount(draft.entries, plan.campaigns, nowMs);
  const asked: RuleContext = { view: () => ({ ...view, inSegment: decided.segment }), nowMs, thresholds, thresholdsVersion, maxWebStarts };
  if (decided.segment === draft.segment?.name) draft.segment = segmentOf(decided, draft.segment.sinceMs);
  else changeSegment(plan, draft, decided, moment, { event, startsNothing }, asked);
  let { changesAtMs } = decided;
  // Last, so that what a change of segment has started is looked at, too. Most people are in no workflow at all.
  if (!isEmpty(draft.runs)) {
    const exits = ruleExits(draft, plan.campaigns, asked);
    enrol(draft, exits);
    changesAtMs = Math.min(changesAtMs, exits.changesAtMs);
    const missed = resumeMissed(draft, plan.campaigns);
    draft.runs = missed.runs;
    if (missed.effects.length > 0) draft.outbox = [...draft.outbox, ...missed.effects];
  }
  moveDueTime(draft, changesAtMs, nowMs);
}

/** Moves the person into another segment, and starts the workflows that this starts. */
function changeSegment(plan: Plan, draft: Profile, decided: Decided, moment: Moment, { event, startsNothing }: Trigger, asked: RuleContext): void {
  const { segment, decidedBy, probability } = decided;
  const cause = startsNothing === 'rules' ? 'rules' : event === undefined ? 'time' : 'event';
  const transition: RecordTransition = {
    ...transitionTo(plan, draft, segment, moment, cause),
    ...(event !== undefined && { event }),
    ...(mayDecide(plan, moment.model) && { decidedBy, ...(probability !== undefined && { probability: rounded(probability) }) }),
  };
  draft.outbox = [...draft.outbox, transition];
  if (!startsNothing) enrol(draft, segmentEffects(draft, draft.segment?.name, segment, plan.campaigns, asked));
  draft.segment = segmentOf(decided, moment.nowMs);
}

const segmentOf = ({ segment, decidedBy, probability }: Decided, sinceMs: number): NonNullable<Profile['segment']> => ({
  name: segment,
  sinceMs,
  ...(decidedBy === 'model' && probability !== undefined && { byModel: rounded(probability) }),
});

const rounded = (probability: number): number => Number(probability.toFixed(3));

/**
 * The profile as other rules or thresholds see it, before anything has happened. They may move many people at once, which
 * they did not cause, so it starts no workflows.
 */
export function underRulesInForce(plan: Plan, profile: Profile, moment: Moment): Profile {
  if (profile.segment === undefined || profile.settledBy === settledByOf(plan, moment)) return profile;
  const nowMs = Math.max(profile.segment.sinceMs, Math.min(moment.nowMs, (profile.dueAtMs ?? Infinity) - 1));
  return settle(plan, profile, { ...moment, nowMs }, { startsNothing: 'rules' });
}

const settledByOf = (plan: Plan, { thresholdsVersion, model }: Moment): string =>
  mayDecide(plan, model) ? `${plan.rulesVersion}.${thresholdsVersion}.${model.month}` : `${plan.rulesVersion}.${thresholdsVersion}`;

/** The change from the profile's segment to another one, with the values that decided. */
export function transitionTo(plan: Plan, profile: Profile, segment: string, { nowMs, thresholdsVersion }: Moment, cause: RecordTransition['cause']): RecordTransition {
  return {
    kind: 'transition',
    from: profile.segment?.name ?? null,
    to: segment,
    atMs: nowMs,
    cause,
    rulesVersion: plan.rulesVersion,
    thresholdsVersion,
    scores: Object.fromEntries(Object.entries(profile.scores).map(([name, score]) => [name, scoreAt(score, nowMs, plan.halfLifeMs(name))])),
    events: decidingEvents(plan, profile, [profile.segment?.name, segment]),
  };
}

function decidingEvents(plan: Plan, { signals }: Profile, segments: (string | undefined)[]): DecidingEvent[] {
  const ids = new Set(plan.segments.filter(({ name }) => segments.includes(name)).flatMap(({ reads: asks }) => asks.signals));
  return [...ids].flatMap((id) => {
    const [definition, state] = [plan.signal(id), signals[id]];
    if (definition === undefined || state === undefined) return [];
    const { event, where } = definition;
    return [{ event, ...(where && { where }), count: state.count, lastAtMs: state.recentAtMs[0] ?? state.firstAtMs }];
  });
}

/** The stored segment, as long as time alone cannot have changed it. */
function knownAssignment({ segment, dueAtMs = Infinity }: Profile, nowMs: number): Assignment | undefined {
  return segment && dueAtMs > nowMs ? { segment: segment.name, changesAtMs: dueAtMs } : undefined;
}

/**
 * The index entry is moved only when it has to fire earlier, or has fired. When it fires too early, the refresh finds
 * nothing to change and moves it then: one index write per window, instead of one per event.
 */
function moveDueTime(draft: Profile, changesAtMs: number, nowMs: number): void {
  const stays = draft.dueAtMs !== undefined && draft.dueAtMs > nowMs && draft.dueAtMs <= changesAtMs;
  if (!stays) draft.dueAtMs = Number.isFinite(changesAtMs) ? changesAtMs : undefined;
}

function unfinished(runs: Profile['runs'], nowMs: number): Profile['runs'] {
  for (const id in runs) if ((own(runs, id)?.endsAtMs ?? Infinity) <= nowMs) return Object.fromEntries(Object.entries(runs).filter(([, { endsAtMs }]) => endsAtMs > nowMs));
  return runs;
}
