import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import { scoreAt } from '../rules/score.ts';
import { signalId, type SignalDefinition, type SignalState } from '../rules/signals.ts';
import { dayMs } from '../time.ts';

/** Numbers by name. The same people have the same names under one config. */
export type Features = Record<string, number>;

type FeaturePlan = Pick<Plan, 'config' | 'segments' | 'signal' | 'halfLifeMs'>;

/** Longer ago counts as never. */
export const longestDays = 365;

/**
 * What the classifier may look at: only what rules remember anyway, so that a profile does not grow. Everything is ln(1 + x),
 * since the tenth view says less than the second.
 *
 * - `score:<name>`: each score of the config at `atMs`, negative ones as 0
 * - for each signal that a rule of a segment asks for:
 *   - `count:<signal>`: how often it happened
 *   - `recency:<signal>`: days since it happened last, at most a year; never counts as a year
 *   - `sessions:<signal>` and `minutes:<signal>`: remembered sessions and their mean length, where sessions are kept
 * - `tenure`: days since anything was first seen, at most a year
 *
 * A signal is named by its event, and by its id where it asks for more than that.
 */
export function featuresOf(plan: FeaturePlan, { scores, signals }: Pick<Profile, 'scores' | 'signals'>, atMs: number): Features {
  const features: Features = {};
  for (const name of Object.keys(plan.config.scores)) features[`score:${name}`] = log(scoreAt(scores[name], atMs, plan.halfLifeMs(name)));
  const asked = askedSignals(plan);
  for (const definition of asked) {
    const [name, state] = [signalName(definition), signals[definition.id]];
    features[`count:${name}`] = log(state?.count ?? 0);
    features[`recency:${name}`] = log(daysSince(state && lastAtMs(state), atMs));
    if (!definition.sessions) continue;
    const sessions = state?.sessions ?? [];
    const minutes = sessions.reduce((sum, [startMs, endMs]) => sum + (endMs - startMs) / 60_000, 0);
    features[`sessions:${name}`] = log(sessions.length);
    features[`minutes:${name}`] = log(sessions.length === 0 ? 0 : minutes / sessions.length);
  }
  const firsts = asked.flatMap(({ id }) => (signals[id] === undefined ? [] : [signals[id].firstAtMs]));
  features.tenure = log(firsts.length === 0 ? 0 : daysSince(Math.min(...firsts), atMs));
  return features;
}

/**
 * At least how many events are known of a person: all their activity where a rule counts that, else the events that rules tell apart. An
 * event that several signals ask for counts once.
 */
export function eventsKnown(plan: FeaturePlan, signals: Profile['signals']): number {
  const byEvent = new Map<string, number>();
  for (const { id, event } of askedSignals(plan)) byEvent.set(event, Math.max(byEvent.get(event) ?? 0, signals[id]?.count ?? 0));
  const activity = byEvent.get('*');
  return activity ?? [...byEvent.values()].reduce((sum, count) => sum + count, 0);
}

const known = new WeakMap<object, SignalDefinition[]>();

/** Signals of the segments' rules, by rising id. */
function askedSignals({ segments, signal }: FeaturePlan): readonly SignalDefinition[] {
  let asked = known.get(segments);
  if (asked === undefined) {
    const ids = [...new Set(segments.flatMap(({ reads: asks }) => asks.signals))].sort();
    asked = ids.flatMap((id) => signal(id) ?? []);
    known.set(segments, asked);
  }
  return asked;
}

const signalName = ({ id, event }: SignalDefinition): string => (id === signalId(event) ? event : `${event}#${id}`);
const lastAtMs = ({ recentAtMs, firstAtMs }: SignalState): number => recentAtMs[0] ?? firstAtMs;
const daysSince = (thenMs: number | undefined, atMs: number): number =>
  thenMs === undefined ? longestDays : Math.min(longestDays, (atMs - thenMs) / dayMs);
/** An event after `atMs`, such as a later one of the same day, counts as happening at `atMs`. */
const log = (value: number): number => Math.log1p(Math.max(0, value));
