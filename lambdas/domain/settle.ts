import type { DecidingEvent, RecordTransition } from './effects.ts';
import type { Plan } from './plan.ts';
import type { Profile } from './profile.ts';
import type { RuleView, Thresholds } from './rules.ts';
import { scoreAt } from './score.ts';
import { assignSegment, reassignSegment, thresholdsOn, type Assignment } from './segments.ts';

/** The moment of a decision: when it is, and which calibrated thresholds are in force. */
export interface Moment {
  nowMs: number;
  thresholds: Thresholds;
  thresholdsVersion: number;
}

/** What led to a decision; nothing but time when there is no `event`. */
export interface Occasion {
  /** Name of the last event. */
  event?: string | undefined;
  /** Places of the segments that events may have changed; without it, any may have. */
  touched?: ReadonlySet<number>;
}

/** Brings thresholds, segment and due time up to a moment, after events or because time has passed. */
export function settle(plan: Plan, profile: Profile, moment: Moment, { event: lastEvent, touched }: Occasion = {}): Profile {
  const { nowMs, thresholds } = moment;
  const on = thresholdsOn(plan.config, profile, nowMs, thresholds);
  const view: RuleView = { ...profile, thresholdsOn: on, mailable: isMailable(plan, profile) };
  const settledBy = `${plan.rulesVersion}.${moment.thresholdsVersion}`;
  const { name: fallback } = plan.config.fallback;
  const known = touched && profile.settledBy === settledBy ? knownAssignment(profile, nowMs) : undefined;
  const { segment, changesAtMs } =
    known && touched
      ? reassignSegment(plan.segments, fallback, view, nowMs, thresholds, known, [...touched].sort((a, b) => a - b))
      : assignSegment(plan.segments, fallback, view, nowMs, thresholds);
  const settled: Profile = withDueTime({ ...profile, settledBy, thresholdsOn: on, runs: unfinished(profile.runs, nowMs) }, changesAtMs, nowMs);
  if (segment === profile.segment?.name) return settled;
  const cause = lastEvent === undefined ? 'time' : 'event';
  const transition: RecordTransition = { ...transitionTo(plan, profile, segment, moment, cause), ...(lastEvent !== undefined && { event: lastEvent }) };
  return { ...settled, segment: { name: segment, sinceMs: nowMs }, outbox: [...settled.outbox, transition] };
}

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
  const ids = new Set(plan.segments.filter(({ name }) => segments.includes(name)).flatMap(({ asks }) => asks.signals));
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

/** May the person be mailed at all, as far as the profile knows? */
export function isMailable({ config }: Plan, profile: Profile): boolean {
  return (config.consent.trait === null || profile.consent?.value === true) && profile.unsubscribedAtMs['*'] === undefined;
}

/**
 * The index entry is moved only when it has to fire earlier, or has fired. When it fires too early, the refresh finds
 * nothing to change and moves it then: one index write per window, instead of one per event.
 */
function withDueTime(profile: Profile, changesAtMs: number, nowMs: number): Profile {
  const { dueAtMs, ...rest } = profile;
  if (dueAtMs !== undefined && dueAtMs > nowMs && dueAtMs <= changesAtMs) return profile;
  return Number.isFinite(changesAtMs) ? { ...rest, dueAtMs: changesAtMs } : rest;
}

function unfinished(runs: Profile['runs'], nowMs: number): Profile['runs'] {
  return Object.fromEntries(Object.entries(runs).filter(([, { endsAtMs }]) => endsAtMs > nowMs));
}
