import type { Config } from '../../schemas/config.ts';
import type { FirstRule, LastRule, PropertyFilter, Rule, ScoreRule, SessionsRule, SumRule, TraitRule } from '../../schemas/rule.ts';
import { compare, valueAt } from '../events/filters.ts';
import { unitHash } from '../hash.ts';
import { own } from '../own.ts';
import { sessionEnds } from './sessions.ts';
import { passesAtMs, scoreAt, type Score } from './score.ts';
import { countWithin, signalId, sumWithin, totalOf, type SignalDefinition, type SignalState } from './signals.ts';
import { dayMs, utcDay } from '../time.ts';

/** What a rule may look at. */
export interface RuleView {
  userKey: string;
  signals: Record<string, SignalState>;
  scores: Record<string, Score>;
  traits: Record<string, { value: unknown; atMs: number }>;
  mailable: boolean;
  /** May be mailed, and has an address. */
  canBeMailed: boolean;
  /** Names of the thresholds that the person has entered and not left. */
  thresholdsOn: readonly string[];
  /** The segment that the person is in; for rules of campaigns, since those of segments decide it. */
  inSegment?: string | undefined;
}

/** The thresholds in force: those of the config, or a calibrated version of them. */
export type Thresholds = Record<string, { enter: number; exit: number }>;

/**
 * A compiled rule. Its answer is one number, so that nothing is allocated for it: positive when the rule holds, negative
 * when not; its size is a lower bound of the instant, later than `nowMs`, at which time alone could change that.
 * Nothing can change before it without an event, so nobody has to look before it.
 */
export type Condition = (view: RuleView, nowMs: number, thresholds: Thresholds) => number;

/** Does a rule hold now? */
export const isTrue = (answer: number): boolean => answer > 0;
/** Until when an answer is good. */
export const goodUntilMs = (answer: number): number => Math.abs(answer);

const minuteMs = 60_000;

const answer = (holds: boolean, untilMs = Infinity): number => (holds ? untilMs : -untilMs);

/** Where the compiler collects the signals and traits that rules ask for. */
export interface Needs {
  signals: Map<string, SignalDefinition>;
  traits: Set<string>;
}

export const noNeeds = (): Needs => ({ signals: new Map(), traits: new Set() });

/** Compiles a rule to closures and notes what it needs. `earlier` holds the segments that it may refer to. */
export function compileRule(rule: Rule, config: Config, needs: Needs, earlier: ReadonlyMap<string, Condition> = new Map()): Condition {
  const compile = (inner: Rule) => compileRule(inner, config, needs, earlier);
  if ('all' in rule) return every(rule.all.map(compile));
  if ('any' in rule) return not(every(rule.any.map(compile).map(not)));
  if ('not' in rule) return not(compile(rule.not));
  if ('sum' in rule) return sumRule(rule, need(needs, rule.did, rule.where, 1, { property: rule.sum, days: rule.withinDays ?? 0, ...(rule.withinDays === undefined && { ever: true as const }) }));
  if ('sessions' in rule) {
    const id = signalId('*', undefined, 'sessions');
    addSignal(needs, { id, event: '*', keep: 1, sessions: { lastingMs: rule.lastingMinutes === undefined ? [] : [rule.lastingMinutes * minuteMs] } });
    return sessionsRule(rule, id);
  }
  if ('did' in rule) return countRule(rule, need(needs, rule.did, rule.where, keepFor(rule)));
  if ('email' in rule) {
    const where = (['campaign', 'step'] as const).flatMap((property) => (rule[property] === undefined ? [] : [{ property, eq: rule[property] }]));
    return countRule(rule, need(needs, `email_${rule.email}`, where.length > 0 ? where : undefined, keepFor(rule)));
  }
  if ('first' in rule) return ageRule(rule, need(needs, rule.first, rule.where, 1), (state) => state.firstAtMs);
  if ('last' in rule) return ageRule(rule, need(needs, rule.last, rule.where, 1), (state) => state.recentAtMs[0] ?? state.firstAtMs);
  if ('score' in rule) return scoreRule(rule, config);
  if ('trait' in rule) {
    return traitRule(rule, needs);
  }
  if ('subscribed' in rule) return timeless(({ mailable }) => mailable === rule.subscribed);
  if ('random' in rule) return timeless(({ userKey }) => unitHash(rule.random, userKey) < rule.below);
  const target = earlier.get(rule.segment);
  if (target === undefined) throw new Error(`segment ${rule.segment} is not defined before it is referred to`);
  return target;
}

/** A trait by its name, or by a path into it; a name may hold dots itself. */
function traitRule(rule: TraitRule, { traits: asked }: Needs): Condition {
  const root = /^[^.[]*/.exec(rule.trait)?.[0] ?? rule.trait;
  asked.add(rule.trait).add(root);
  if (root === rule.trait) return timeless(({ traits }) => compare(own(traits, root)?.value, rule));
  return timeless(({ traits }) => compare(own(traits, rule.trait)?.value ?? valueAt({ [root]: own(traits, root)?.value }, rule.trait), rule));
}

/** Notes the signal of an event. @returns its id */
export function need(needs: Needs, event: string, where: PropertyFilter[] | undefined, keep: number, sum?: SignalDefinition['sum']): string {
  const id = signalId(event, where, sum?.property);
  addSignal(needs, { id, event, ...(where && { where }), keep, ...(sum && { sum }) });
  return id;
}

/** Notes a signal; when another rule asks for it already, it must remember enough for both. */
export function addSignal({ signals }: Needs, wanted: SignalDefinition): void {
  const known = signals.get(wanted.id);
  const keep = Math.max(wanted.keep, known?.keep ?? 1);
  const sum = wanted.sum && { property: wanted.sum.property, days: Math.max(wanted.sum.days, known?.sum?.days ?? 0), ...((wanted.sum.ever ?? known?.sum?.ever) && { ever: true as const }) };
  const sessions = wanted.sessions && { lastingMs: [...new Set([...wanted.sessions.lastingMs, ...(known?.sessions?.lastingMs ?? [])])] };
  signals.set(wanted.id, { ...wanted, keep, ...(sum && { sum }), ...(sessions && { sessions }) });
}

interface CountRule {
  atLeast?: number | undefined;
  atMost?: number | undefined;
  exactly?: number | undefined;
  withinDays?: number | undefined;
}

/** The counts at which the answer turns: true from `from` on, and false again above `to`. */
function bounds(rule: CountRule): { from: number; to: number } {
  if (rule.exactly !== undefined) return { from: rule.exactly, to: rule.exactly };
  const from = rule.atLeast ?? (rule.atMost === undefined ? 1 : 0);
  return { from, to: rule.atMost ?? Infinity };
}

function keepFor(rule: CountRule): number {
  if (rule.withinDays === undefined) return 1;
  const { from, to } = bounds(rule);
  return Math.max(1, from, Number.isFinite(to) ? to + 1 : 1);
}

function countRule(rule: CountRule, id: string): Condition {
  const { from, to } = bounds(rule);
  if (rule.withinDays === undefined) {
    return timeless(({ signals }) => {
      const count = signals[id]?.count ?? 0;
      return count >= from && count <= to;
    });
  }
  const windowMs = rule.withinDays * dayMs;
  return ({ signals }, nowMs) => countedAnswer(signals[id]?.recentAtMs ?? noTimes, nowMs, windowMs, from, to);
}

const noTimes: number[] = [];

/** @param newestFirst as many timestamps as the bounds need */
function countedAnswer(newestFirst: readonly number[], nowMs: number, windowMs: number, from: number, to: number): number {
  const count = countWithin(newestFirst, nowMs, windowMs);
  // The count only falls with time: it drops below n when the nth newest leaves the window.
  const turnsAt = count > to ? to + 1 : count >= from ? from : 0;
  return answer(count >= from && count <= to, turnsAt === 0 ? Infinity : (newestFirst[turnsAt - 1] as number) + windowMs);
}

function sessionsRule(rule: SessionsRule, id: string): Condition {
  const { from, to } = bounds(rule);
  const windowMs = rule.withinDays * dayMs;
  const lastingMs = (rule.lastingMinutes ?? 0) * minuteMs;
  return ({ signals }, nowMs) => countedAnswer(sessionEnds(signals[id]?.sessions, lastingMs), nowMs, windowMs, from, to);
}

function ageRule(rule: Pick<FirstRule | LastRule, 'withinDays' | 'beforeDays'>, id: string, atMsOf: (state: SignalState) => number): Condition {
  const youngestMs = (rule.beforeDays ?? 0) * dayMs;
  const oldestMs = rule.withinDays === undefined ? Infinity : rule.withinDays * dayMs;
  return ({ signals }, nowMs) => {
    const state = signals[id];
    if (state === undefined) return answer(false);
    const atMs = atMsOf(state);
    const ageMs = nowMs - atMs;
    const turnsAtMs = ageMs < youngestMs ? youngestMs : ageMs < oldestMs ? oldestMs : Infinity;
    return answer(ageMs >= youngestMs && ageMs < oldestMs, atMs + turnsAtMs);
  };
}

function scoreRule(rule: ScoreRule, config: Config): Condition {
  const halfLifeMs = (config.scores[rule.score]?.halfLifeDays ?? 1) * dayMs;
  // A score passes a level once; after that, time alone changes nothing.
  const reaches = (level: number | string): Condition =>
    typeof level === 'string'
      ? ({ thresholdsOn, scores }, nowMs, thresholds) => {
          const [isOn, score] = [thresholdsOn.includes(level), scores[rule.score]];
          const atMs = score === undefined ? Infinity : passesAtMs(score, thresholds[level]?.[isOn ? 'exit' : 'enter'] ?? 0, halfLifeMs);
          return answer(isOn, atMs > nowMs ? atMs : Infinity);
        }
      : ({ scores }, nowMs) => {
          const atMs = passesAtMs(scores[rule.score], level, halfLifeMs);
          return answer(scoreAt(scores[rule.score], nowMs, halfLifeMs) >= level, atMs > nowMs ? atMs : Infinity);
        };
  const parts = [...(rule.atLeast === undefined ? [] : [reaches(rule.atLeast)]), ...(rule.below === undefined ? [] : [not(reaches(rule.below))])];
  return every(parts);
}

function sumRule({ atLeast = -Infinity, below = Infinity, withinDays }: SumRule, id: string): Condition {
  const isWithin = (sum: number) => sum >= atLeast && sum < below;
  if (withinDays === undefined) return timeless(({ signals }) => isWithin(signals[id] === undefined ? 0 : totalOf(signals[id])));
  return ({ signals }, nowMs) => {
    const sum = sumWithin(signals[id], nowMs, withinDays);
    return answer(isWithin(sum), oldestDayLeavesAtMs(signals[id], nowMs, withinDays));
  };
}

export function timeless(holds: (view: RuleView) => boolean): Condition {
  return (view) => answer(holds(view));
}

function not(inner: Condition): Condition {
  return (view, nowMs, thresholds) => -inner(view, nowMs, thresholds);
}

function every(parts: Condition[]): Condition {
  if (parts.length === 1 && parts[0]) return parts[0];
  return (view, nowMs, thresholds) => {
    let trueUntilMs = Infinity;
    let falseUntilMs = 0;
    for (const part of parts) {
      const one = part(view, nowMs, thresholds);
      // While all hold, the first that changes ends it. While some do not, each of those has to change first.
      if (one === -Infinity) return one;
      if (one > 0) trueUntilMs = Math.min(trueUntilMs, one);
      else falseUntilMs = Math.max(falseUntilMs, -one);
    }
    return falseUntilMs > 0 ? -falseUntilMs : trueUntilMs;
  };
}

function oldestDayLeavesAtMs(state: SignalState | undefined, nowMs: number, days: number): number {
  const today = utcDay(nowMs);
  const inWindow = Object.keys(state?.dailySums ?? {}).map(Number).filter((day) => day > today - days && day <= today);
  return inWindow.length === 0 ? Infinity : (Math.min(...inWindow) + days) * dayMs;
}
