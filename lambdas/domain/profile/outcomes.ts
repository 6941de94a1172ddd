import type { DomainEvent } from '../events/event.ts';
import { toAmount } from '../events/amount.ts';
import { valueAt } from '../events/filters.ts';
import type { Plan } from '../plan/plan.ts';
import type { Outcome } from './outcome.ts';
import type { Profile } from './profile.ts';
import { scoreAt } from '../rules/score.ts';
import { storableNumber } from '../storable.ts';

type Kept = Pick<Profile, 'outcomes' | 'scores'>;

/** A month is judged while the next one runs. */
const monthsKept = 2;

/** The month asked for last: most events are of the same one as the event before. */
let lastMonth = { startMs: 0, endMs: 0 };

/** First instant of the UTC month that an instant lies in. */
export function monthStartMs(atMs: number): number {
  if (!(atMs >= lastMonth.startMs && atMs < lastMonth.endMs)) {
    const at = new Date(atMs);
    const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
    lastMonth = { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) };
  }
  return lastMonth.startMs;
}

/**
 * Counts an event in its month, before its points are added. The months kept are the newest ones in which anything happened, which
 * does not depend on the order of events; neither do the scores at their start, by {@link scoresAtStart} and {@link withLatePoints}.
 * @param counts whether a conversion is to be believed
 */
export function withOutcome(plan: Plan, before: Kept, event: DomainEvent, counts: boolean): Outcome[] {
  const monthMs = monthStartMs(event.atMs);
  const known = before.outcomes.find((one) => one.monthMs === monthMs);
  const converts = counts && plan.config.conversions.includes(event.name);
  const isMail = event.name === 'email_sent';
  if (known && !converts && (!isMail || known.mailed)) return before.outcomes;
  const outcome = known ?? opened(plan, before, monthMs);
  const revenue = converts ? (toAmount(valueAt(event.properties, plan.config.attribution.revenueProperty)) ?? 0) : 0;
  const after = { ...outcome, converted: outcome.converted + (converts ? 1 : 0), revenue: storableNumber(outcome.revenue + revenue), mailed: outcome.mailed || isMail };
  return newest([...before.outcomes.filter((one) => one !== known), after]);
}

/** Adds what is left of an event's points to the scores at the start of later months, of which it is part though it came late. */
export function withLatePoints(plan: Plan, outcomes: Outcome[], score: string, points: number, atMs: number): Outcome[] {
  if (!plan.calibratedScores.includes(score) || outcomes.every(({ monthMs }) => monthMs <= atMs)) return outcomes;
  return outcomes.map((outcome) => {
    if (outcome.monthMs <= atMs) return outcome;
    const left = scoreAt({ value: points, atMs }, outcome.monthMs, plan.halfLifeMs(score));
    return { ...outcome, scores: { ...outcome.scores, [score]: storableNumber((outcome.scores[score] ?? 0) + left) } };
  });
}

/** The outcomes of two histories together; to be called with both as they are before they are merged. */
export function mergeOutcomes(plan: Plan, a: Kept, b: Kept): Outcome[] {
  const months = [...new Set([...a.outcomes, ...b.outcomes].map(({ monthMs }) => monthMs))];
  const merged = months.map((monthMs): Outcome => {
    const [one, other] = [a, b].map((kept) => kept.outcomes.find((outcome) => outcome.monthMs === monthMs) ?? opened(plan, kept, monthMs)) as [Outcome, Outcome];
    const scores = { ...one.scores };
    for (const [name, value] of Object.entries(other.scores)) scores[name] = storableNumber((scores[name] ?? 0) + value);
    return {
      monthMs,
      scores,
      converted: one.converted + other.converted,
      revenue: storableNumber(one.revenue + other.revenue),
      mailed: one.mailed || other.mailed,
      ...((one.isPartial || other.isPartial) && { isPartial: true }),
    };
  });
  return newest(merged);
}

/**
 * What became of a person in a month that is over.
 * @returns undefined when it is not known, because outcomes were not kept yet, or are not kept any more
 */
export function outcomeOf(plan: Plan, profile: Kept, monthMs: number): Outcome | undefined {
  const outcome = profile.outcomes.find((one) => one.monthMs === monthMs) ?? opened(plan, profile, monthMs);
  return outcome.isPartial ? undefined : outcome;
}

function opened(plan: Plan, kept: Kept, monthMs: number): Outcome {
  const scores = scoresAtStart(plan, kept, monthMs);
  return { monthMs, scores: scores ?? {}, converted: 0, revenue: 0, mailed: false, ...(scores === undefined && { isPartial: true }) };
}

/**
 * Scores at the start of a month in which nothing is known to have happened. What a later month began with is older than
 * this one too, so its scores lead back here by the law of decay; without a later month, so do the present ones.
 */
function scoresAtStart(plan: Plan, { outcomes, scores }: Kept, monthMs: number): Record<string, number> | undefined {
  const later = outcomes.filter((one) => one.monthMs > monthMs);
  // It may have been kept once, and dropped.
  if (later.length === monthsKept) return undefined;
  const [next] = later;
  const values = plan.calibratedScores.map((name): [string, number | undefined] => {
    const score = scores[name];
    if (next === undefined) return [name, score && score.atMs >= monthMs ? undefined : scoreAt(score, monthMs, plan.halfLifeMs(name))];
    const value = next.scores[name] ?? 0;
    return [name, value === 0 ? 0 : storableNumber(value * 2 ** ((next.monthMs - monthMs) / plan.halfLifeMs(name)))];
  });
  if (next?.isPartial || values.some(([, value]) => value === undefined)) return undefined;
  return Object.fromEntries(values.filter(([, value]) => value !== 0)) as Record<string, number>;
}

const newest = (outcomes: Outcome[]): Outcome[] => outcomes.sort((a, b) => a.monthMs - b.monthMs).slice(-monthsKept);
