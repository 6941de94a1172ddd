import type { Config, ThresholdConfig } from '../../schemas/config.ts';
import { visit } from '../../schemas/visit-rule.ts';
import type { Rule } from '../../schemas/rule.ts';
import { addSignal, compileRule, goodUntilMs, isTrue, noNeeds, timeless, type Condition, type Needs, type RuleView, type Thresholds } from './compile.ts';
import { scoreAt } from './score.ts';
import { dayMs } from '../time.ts';

export interface CompiledSegment {
  name: string;
  condition: Condition;
  /** What can change its answer besides time. */
  reads: { events: ReadonlySet<string>; scores: ReadonlySet<string>; traits: boolean; signals: readonly string[] };
}

/** What `{ segment }` means in the rules of a campaign: the person is in it, and so in no other. */
export const membership = ({ segments, fallback }: Config): Map<string, Condition> =>
  new Map([...segments, fallback].map(({ name }) => [name, timeless((view) => view.inSegment === name)]));

/** Compiles the ordered list; a segment may refer to those before it. */
export function compileSegments(config: Config, needs: Needs): CompiledSegment[] {
  const earlier = new Map<string, CompiledSegment>();
  const conditions = new Map<string, Condition>();
  for (const { name, when } of config.segments) {
    const own = noNeeds();
    const condition = compileRule(when, config, own, conditions);
    for (const signal of own.signals.values()) addSignal(needs, signal);
    for (const trait of own.traits) needs.traits.add(trait);
    earlier.set(name, { name, condition, reads: asksOf(when, own, earlier) });
    conditions.set(name, condition);
  }
  return [...earlier.values()];
}

function asksOf(when: Rule, own: Needs, earlier: ReadonlyMap<string, CompiledSegment>): CompiledSegment['reads'] {
  const events = new Set([...own.signals.values()].map(({ event }) => event));
  const scores = new Set<string>();
  let traits = own.traits.size > 0;
  const inner: CompiledSegment['reads'][] = [];
  visit(when, '', (leaf) => {
    if ('score' in leaf) scores.add(leaf.score);
    if ('subscribed' in leaf) traits = true;
    const asked = 'segment' in leaf ? earlier.get(leaf.segment)?.reads : undefined;
    if (asked) inner.push(asked);
  });
  for (const asked of inner) {
    asked.events.forEach((event) => events.add(event));
    asked.scores.forEach((score) => scores.add(score));
    traits ||= asked.traits;
  }
  const signals = new Set([...own.signals.keys(), ...inner.flatMap((asks) => asks.signals)]);
  return { events, scores, traits, signals: [...signals] };
}

/**
 * Which thresholds a person is over, with hysteresis: in at `enter`, out below `exit`. Between two changes of a score it only tends to 0, so an
 * exit that has passed since is seen at any later instant.
 * @param view with the thresholds that the person was over after the last change of each score
 */
export function thresholdsOn(config: Config, view: Pick<RuleView, 'scores' | 'thresholdsOn'>, nowMs: number, thresholds: Thresholds): string[] {
  return Object.keys(config.thresholds).filter((name) => {
    const declared = config.thresholds[name] as ThresholdConfig;
    const value = scoreAt(view.scores[declared.score], nowMs, (config.scores[declared.score]?.halfLifeDays ?? 1) * dayMs);
    const { enter, exit } = thresholds[name] ?? declared;
    return value >= (view.thresholdsOn.includes(name) ? exit : enter);
  });
}

/**
 * The thresholds that a person is over once one of their scores has a value, from those that they were over before.
 * @param names thresholds of that score
 * @returns the same list when nothing has changed
 */
export function withThresholds(config: Config, on: readonly string[], names: readonly string[], value: number, thresholds: Thresholds): readonly string[] {
  let after = on;
  for (const name of names) {
    const wasOn = on.includes(name);
    const { enter, exit } = thresholds[name] ?? (config.thresholds[name] as ThresholdConfig);
    if (value >= (wasOn ? exit : enter) === wasOn) continue;
    after = wasOn ? after.filter((other) => other !== name) : [...after, name];
  }
  return after;
}

export interface Assignment {
  segment: string;
  /** A lower bound of the instant at which time alone could change the segment, or Infinity. */
  changesAtMs: number;
}

/** The first segment whose rule holds, so that membership is exclusive; else the fallback. */
export function assignSegment(segments: readonly CompiledSegment[], fallback: string, view: RuleView, nowMs: number, thresholds: Thresholds, from = 0): Assignment {
  let changesAtMs = Infinity;
  for (let index = from; index < segments.length; index += 1) {
    const { name, condition } = segments[index] as CompiledSegment;
    const answer = condition(view, nowMs, thresholds);
    changesAtMs = Math.min(changesAtMs, goodUntilMs(answer));
    // Those further down cannot matter before this one changes.
    if (isTrue(answer)) return { segment: name, changesAtMs };
  }
  return { segment: fallback, changesAtMs };
}

/** The place of each segment in the order, found once for a list: a search by name would grow with the list. */
const knownPlaces = new WeakMap<readonly CompiledSegment[], ReadonlyMap<string, number>>();

function placesIn(segments: readonly CompiledSegment[]): ReadonlyMap<string, number> {
  let places = knownPlaces.get(segments);
  if (places === undefined) {
    places = new Map(segments.map(({ name }, place) => [name, place]));
    knownPlaces.set(segments, places);
  }
  return places;
}

/**
 * The same, when the answer for a moment ago is known and nothing has happened but what `touched` lists: the segments,
 * by their place in the order, whose answers events may have changed. It looks at those alone, so its cost does
 * not grow with the number of segments. Only right before `known.changesAtMs`.
 * @param touched ascending
 */
export function reassignSegment(
  segments: readonly CompiledSegment[],
  fallback: string,
  view: RuleView,
  nowMs: number,
  thresholds: Thresholds,
  known: Assignment,
  touched: readonly number[],
): Assignment {
  const place = placesIn(segments).get(known.segment) ?? segments.length;
  let { changesAtMs } = known;
  for (const index of touched) {
    if (index > place) break;
    const { name, condition } = segments[index] as CompiledSegment;
    const answer = condition(view, nowMs, thresholds);
    changesAtMs = Math.min(changesAtMs, goodUntilMs(answer));
    if (isTrue(answer)) return { segment: name, changesAtMs };
    if (index !== place) continue;
    // It no longer holds. The segments after it have not been evaluated yet.
    const next = assignSegment(segments, fallback, view, nowMs, thresholds, place + 1);
    return { segment: next.segment, changesAtMs: Math.min(changesAtMs, next.changesAtMs) };
  }
  return { segment: known.segment, changesAtMs };
}
