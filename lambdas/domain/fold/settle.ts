import { entriesThatCount, ruleExits, segmentEffects, type RuleContext } from '../campaigns/workflow-effects.ts';
import { decideAmbiguous, mayDecide, type Decided } from '../classifier/decide.ts';
import type { DecidingEvent, RecordTransition } from '../profile/effects.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import type { RuleView } from '../rules/compile.ts';
import { scoreAt } from '../rules/score.ts';
import { assignSegment, reassignSegment, thresholdsOn, type Assignment } from '../rules/segments.ts';
import { viewOf, type Moment } from '../profile/view.ts';

/** What led to a decision; nothing but time when there is no `event`. */
export interface Trigger {
  /** Name of the last event. */
  event?: string | undefined;
  /** Places of the segments that events may have changed; without it, any may have. */
  touched?: ReadonlySet<number>;
  /** Set when the change is none of the person's doing, as with imported history: then it starts no workflow. */
  startsNothing?: 'import' | 'rules' | undefined;
  /** Set when only a web key speaks; see RuleContext. */
  maxWebStarts?: number | undefined;
}

/** Brings thresholds, segment, workflows and due time up to a moment, after events or because time has passed. */
export function settle(plan: Plan, profile: Profile, moment: Moment, { event: lastEvent, touched, startsNothing, maxWebStarts }: Trigger = {}): Profile {
  const { nowMs, thresholds } = moment;
  const on = thresholdsOn(plan.config, profile, nowMs, thresholds);
  const view: RuleView = viewOf(plan, profile, on);
  const settledBy = settledByOf(plan, moment);
  const { name: fallback } = plan.config.fallback;
  // With a classifier, the stored segment may differ from the rules' answer, so all rules are evaluated.
  const known = touched && profile.settledBy === settledBy && !mayDecide(plan, moment.model) ? knownAssignment(profile, nowMs) : undefined;
  const assigned =
    known && touched
      ? reassignSegment(plan.segments, fallback, view, nowMs, thresholds, known, [...touched].sort((a, b) => a - b))
      : assignSegment(plan.segments, fallback, view, nowMs, thresholds);
  const decided = decideAmbiguous(plan, view, moment, assigned);
  const { segment, changesAtMs } = decided;
  const settled: Profile = { ...profile, settledBy, thresholdsOn: on, runs: unfinished(profile.runs, nowMs), entries: entriesThatCount(profile.entries, plan.campaigns, nowMs) };
  const asked: RuleContext = { view: () => ({ ...view, inSegment: segment }), nowMs, thresholds, thresholdsVersion: moment.thresholdsVersion, maxWebStarts };
  let moved = settled;
  if (segment === profile.segment?.name) settled.segment = segmentOf(decided, profile.segment.sinceMs);
  else moved = withSegment(plan, settled, decided, moment, { event: lastEvent, startsNothing }, asked);
  // Last, so that what a change of segment has started is looked at, too.
  const after = ruleExits(moved, plan.campaigns, asked);
  // One copy is enough for all of this, and it is nobody else's yet.
  moved.runs = after.runs;
  moved.exits = after.exits;
  moved.entries = after.entries;
  if (after.effects.length > 0) moved.outbox = [...moved.outbox, ...after.effects];
  return withDueTime(moved, Math.min(changesAtMs, after.changesAtMs), nowMs);
}

/** The person in another segment, with what that starts. */
function withSegment(plan: Plan, profile: Profile, decided: Decided, moment: Moment, { event, startsNothing }: Trigger, asked: RuleContext): Profile {
  const { segment, decidedBy, probability } = decided;
  const cause = startsNothing === 'rules' ? 'rules' : event === undefined ? 'time' : 'event';
  const transition: RecordTransition = {
    ...transitionTo(plan, profile, segment, moment, cause),
    ...(event !== undefined && { event }),
    ...(mayDecide(plan, moment.model) && { decidedBy, ...(probability !== undefined && { probability: rounded(probability) }) }),
  };
  const { effects: starts, ...enrolment } = startsNothing ? { effects: [] } : segmentEffects(profile, profile.segment?.name, segment, plan.campaigns, asked);
  return { ...profile, ...enrolment, segment: segmentOf(decided, moment.nowMs), outbox: [...profile.outbox, transition, ...starts] };
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
  [plan.rulesVersion, thresholdsVersion, ...(mayDecide(plan, model) ? [model?.month] : [])].join('.');

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

/** What the profile says, while the time at which it could change by itself has not come. */
function knownAssignment({ segment, dueAtMs = Infinity }: Profile, nowMs: number): Assignment | undefined {
  return segment && dueAtMs > nowMs ? { segment: segment.name, changesAtMs: dueAtMs } : undefined;
}

/**
 * The index entry is moved only when it has to fire earlier, or has fired. When it fires too early, the refresh finds
 * nothing to change and moves it then: one index write per window, instead of one per event.
 */
function withDueTime(profile: Profile, changesAtMs: number, nowMs: number): Profile {
  if (profile.dueAtMs === undefined ? changesAtMs === Infinity : profile.dueAtMs > nowMs && profile.dueAtMs <= changesAtMs) return profile;
  const { dueAtMs: _due, ...rest } = profile;
  return Number.isFinite(changesAtMs) ? { ...rest, dueAtMs: changesAtMs } : rest;
}

function unfinished(runs: Profile['runs'], nowMs: number): Profile['runs'] {
  if (Object.values(runs).every(({ endsAtMs }) => endsAtMs > nowMs)) return runs;
  return Object.fromEntries(Object.entries(runs).filter(([, { endsAtMs }]) => endsAtMs > nowMs));
}
