import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import { compileRule, goodUntilMs, isTrue, noNeeds, type Condition, type RuleView } from '../../lambdas/domain/rules/compile.ts';
import { scoreAt } from '../../lambdas/domain/rules/score.ts';
import { sentence } from '../../lambdas/domain/rules/sentence.ts';
import { viewAt, type Moment } from '../../lambdas/domain/profile/view.ts';
import type { Rule } from '../../lambdas/schemas/rule.ts';

/** A rule or a part of one, and whether it holds. */
export interface Reason {
  sentence: string;
  holds: boolean;
  /** The earliest instant at which time alone could change the answer; absent when time cannot. */
  changesAt?: string;
  /** How the parts combine; absent for a single condition. */
  kind?: 'all' | 'any' | 'not';
  parts?: Reason[];
}

export interface Explanation {
  userKey: string;
  segment: string | null;
  since: string | null;
  scores: Record<string, number>;
  thresholdsOn: readonly string[];
  mailable: boolean;
  signals: { event: string; where?: unknown; count: number; first: string; last: string }[];
  traits: Record<string, unknown>;
  /** Anonymous profiles whose history is part of this one. */
  absorbed: string[];
  segments: { name: string; reason: Reason }[];
}

/** Why a person is in their segment, and what would change it. */
export function explain(plan: Plan, profile: Profile, moment: Moment): Explanation {
  const view = viewAt(plan, profile, moment);
  const earlier = new Map<string, Condition>(plan.segments.map(({ name, condition }) => [name, condition]));
  const { config } = plan;
  return {
    userKey: profile.userKey,
    segment: profile.segment?.name ?? null,
    since: profile.segment ? isoTime(profile.segment.sinceMs) : null,
    scores: Object.fromEntries(
      Object.entries(profile.scores).map(([name, score]) => [name, scoreAt(score, moment.nowMs, plan.halfLifeMs(name))]),
    ),
    thresholdsOn: view.thresholdsOn,
    mailable: view.mailable,
    signals: Object.entries(profile.signals).flatMap(([id, { count, firstAtMs, recentAtMs }]) => {
      const definition = plan.signal(id);
      if (definition === undefined) return [];
      const { event, where } = definition;
      return [{ event, ...(where && { where }), count, first: isoTime(firstAtMs), last: isoTime(recentAtMs[0] ?? firstAtMs) }];
    }),
    traits: Object.fromEntries(Object.entries(profile.traits).map(([name, { value }]) => [name, value])),
    absorbed: profile.absorbed,
    segments: config.segments.map(({ name, when }) => ({
      name,
      reason: reasonFor(when, (rule) => compileRule(rule, config, noNeeds(), earlier), view, moment),
    })),
  };
}

function reasonFor(rule: Rule, compile: (rule: Rule) => Condition, view: RuleView, moment: Moment): Reason {
  const answer = compile(rule)(view, moment.nowMs, moment.thresholds);
  const changesAtMs = goodUntilMs(answer);
  const parts = partsOf(rule);
  return {
    sentence: sentence(rule),
    holds: isTrue(answer),
    ...(Number.isFinite(changesAtMs) && { changesAt: isoTime(changesAtMs) }),
    ...(parts && { kind: parts.kind, parts: parts.rules.map((part) => reasonFor(part, compile, view, moment)) }),
  };
}

function partsOf(rule: Rule): { kind: 'all' | 'any' | 'not'; rules: Rule[] } | undefined {
  if ('all' in rule) return { kind: 'all', rules: rule.all };
  if ('any' in rule) return { kind: 'any', rules: rule.any };
  if ('not' in rule) return { kind: 'not', rules: [rule.not] };
  return undefined;
}

const isoTime = (atMs: number): string => new Date(atMs).toISOString();
