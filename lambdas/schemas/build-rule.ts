import { comparisonNames } from './rule-holes.ts';
import type { Comparison, DidRule, EmailRule, LeafRule, Rule, ScoreRule, SessionsRule } from './rule.ts';

/*
 * Builds rules with types; the results are the same plain objects as the JSON form, so both can be mixed:
 * `all(did('purchase').whereProperty('total').gte(20).times({ atLeast: 2 }).within(30), not(trait('plan').eq('gold')))`.
 */

export const all = (...rules: Rule[]): Rule => ({ all: rules });
export const any = (...rules: Rule[]): Rule => ({ any: rules });
export const not = (rule: Rule): Rule => ({ not: rule });

type Bounds = Pick<DidRule, 'atLeast' | 'atMost' | 'exactly'>;
type Comparisons<R> = { [Name in keyof Required<Comparison>]: (value: NonNullable<Comparison[Name]>) => R };

/** One method for each comparison; `finish` gets the one that was chosen. */
function comparisons<R>(finish: (comparison: Comparison) => R): Comparisons<R> {
  return Object.fromEntries(comparisonNames.map((name) => [name, (value: unknown) => finish({ [name]: value } as Comparison)])) as Comparisons<R>;
}

/** A rule about events of one name. Each method gives a new rule and leaves the old one as it is. */
export type DidBuilder = DidRule & {
  /** Only events whose property compares so; `path` may lead into nested objects. Several filters must all hold. */
  whereProperty(path: string): Comparisons<DidBuilder>;
  /** How often; at least once, unless said. */
  times(bounds: Bounds): DidBuilder;
  within(days: number): DidBuilder;
};

/** Events that the person caused; `*` is any. */
export const did = (event: string): DidBuilder => didBuilder({ did: event });

function didBuilder(rule: DidRule): DidBuilder {
  const methods: Pick<DidBuilder, 'whereProperty' | 'times' | 'within'> = {
    whereProperty: (path) => comparisons((comparison) => didBuilder({ ...rule, where: [...(rule.where ?? []), { property: path, ...comparison }] })),
    times: (bounds) => didBuilder({ ...rule, ...bounds }),
    within: (withinDays) => didBuilder({ ...rule, withinDays }),
  };
  // Not enumerable, so that the rule is plain JSON to everything that reads it.
  return Object.defineProperties({ ...rule }, Object.fromEntries(Object.entries(methods).map(([name, value]) => [name, { value }]))) as DidBuilder;
}

export const trait = (path: string): Comparisons<LeafRule> => comparisons((comparison) => ({ trait: path, ...comparison }));
export const score = (name: string, bounds: Omit<ScoreRule, 'score'>): ScoreRule => ({ score: name, ...bounds });
export const email = (what: EmailRule['email'], more: Omit<EmailRule, 'email'> = {}): EmailRule => ({ email: what, ...more });
/** Visits to the site: activity with no pause of more than 30 minutes. */
export const sessions = (bounds: Omit<SessionsRule, 'sessions'>): SessionsRule => ({ sessions: true, ...bounds });
export const subscribed = (): LeafRule => ({ subscribed: true });
/** A stable share of people, the same for everything that uses the salt. */
export const randomShare = (salt: string, share: number): LeafRule => ({ random: salt, below: share });
export const inSegment = (name: string): LeafRule => ({ segment: name });

/** Exclusive bands of how often something happens: `high` at least so often, `medium` less than that, `low` at least once. */
export function frequency(event: string, { withinDays, high, medium }: { withinDays: number; high: number; medium: number }): Record<'high' | 'medium' | 'low', Rule> {
  if (!(high > medium && medium > 1)) throw new RangeError(`frequency of ${event}: high (${high}) must be above medium (${medium}), and medium above 1`);
  return {
    high: { did: event, atLeast: high, withinDays },
    medium: { did: event, atLeast: medium, atMost: high - 1, withinDays },
    low: { did: event, atLeast: 1, atMost: medium - 1, withinDays },
  };
}
