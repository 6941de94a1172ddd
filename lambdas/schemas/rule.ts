import * as z from 'zod/mini';
import { comparisonHole, ruleHole } from './rule-holes.ts';

const positive = z.number().check(z.positive());
const count = z.int().check(z.nonnegative(), z.lte(100));
const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** What a value is compared with. Every comparison that is given must hold; a missing value fails all but `exists: false` and `ne`. A text without characters counts as missing. */
const comparison = {
  eq: z.optional(scalar),
  ne: z.optional(scalar),
  in: z.optional(z.array(scalar).check(z.minLength(1))),
  contains: z.optional(z.string()),
  prefix: z.optional(z.string()),
  exists: z.optional(z.boolean()),
  gt: z.optional(z.number()),
  gte: z.optional(z.number()),
  lt: z.optional(z.number()),
  lte: z.optional(z.number()),
  before: z.optional(z.iso.datetime({ offset: true })),
  after: z.optional(z.iso.datetime({ offset: true })),
};

/** Condition on one property of an event; `property` is a path such as `shipping.country`, or `products[].product_id` for the elements of a list. */
export const propertyFilter = z.strictObject({ property: z.string().check(z.minLength(1)), ...comparison }).check((context) => {
  const hole = comparisonHole(context.value);
  if (hole !== undefined) context.issues.push({ code: 'custom', input: context.value, message: hole });
});
export type PropertyFilter = z.infer<typeof propertyFilter>;
export type Comparison = Omit<PropertyFilter, 'property'>;

const selection = {
  /** Name of the event; `*` is any event that the person caused. */
  did: z.string().check(z.minLength(1)),
  where: z.optional(z.array(propertyFilter)),
};

const didRule = z.strictObject({
  ...selection,
  atLeast: z.optional(count),
  atMost: z.optional(count),
  exactly: z.optional(count),
  /** Only events of the last so many days count; without it, all of history. */
  withinDays: z.optional(positive),
});

const sumRule = z.strictObject({
  /** Numeric property that is added up. */
  sum: z.string().check(z.minLength(1)),
  ...selection,
  atLeast: z.optional(z.number()),
  below: z.optional(z.number()),
  /** Whole UTC days: the sum covers today and the `withinDays - 1` days before it. Without it, all of history. */
  withinDays: z.optional(z.int().check(z.positive(), z.lte(3660))),
});

const sessionCount = z.int().check(z.nonnegative(), z.lte(10));

/** Visits to the site: activity with no pause of more than 30 minutes. They count by the time of their last event. */
const sessionsRule = z.strictObject({
  sessions: z.literal(true),
  atLeast: z.optional(sessionCount),
  atMost: z.optional(sessionCount),
  exactly: z.optional(sessionCount),
  withinDays: positive,
  /** Only sessions that last at least so long from the first to the last event. */
  lastingMinutes: z.optional(positive),
});

const firstLastRule = {
  withinDays: z.optional(positive),
  /** The event lies at least so many days back. */
  beforeDays: z.optional(positive),
};
const firstRule = z.strictObject({ first: selection.did, where: selection.where, ...firstLastRule });
const lastRule = z.strictObject({ last: selection.did, where: selection.where, ...firstLastRule });

const level = z.union([z.number(), z.string()]);
const scoreRule = z.strictObject({
  score: z.string(),
  /** A number, or the name of a threshold, which has hysteresis and can be calibrated. */
  atLeast: z.optional(level),
  below: z.optional(level),
});

const traitRule = z.strictObject({ trait: z.string().check(z.minLength(1)), ...comparison });

const emailRule = z.strictObject({
  email: z.enum(['sent', 'opened', 'clicked']),
  campaign: z.optional(z.string()),
  step: z.optional(z.string()),
  atLeast: z.optional(count),
  atMost: z.optional(count),
  withinDays: z.optional(positive),
});

const subscribedRule = z.strictObject({ subscribed: z.boolean() });
const randomRule = z.strictObject({
  /** Salt of the stable hash; two rules with one salt see the same number for a person. */
  random: z.string(),
  below: z.number().check(z.gte(0), z.lte(1)),
});
const segmentRule = z.strictObject({ segment: z.string() });

export type DidRule = z.infer<typeof didRule>;
export type SessionsRule = z.infer<typeof sessionsRule>;
export type SumRule = z.infer<typeof sumRule>;
export type FirstRule = z.infer<typeof firstRule>;
export type LastRule = z.infer<typeof lastRule>;
export type ScoreRule = z.infer<typeof scoreRule>;
export type TraitRule = z.infer<typeof traitRule>;
export type EmailRule = z.infer<typeof emailRule>;
export type LeafRule =
  | DidRule
  | SumRule
  | SessionsRule
  | FirstRule
  | LastRule
  | ScoreRule
  | TraitRule
  | EmailRule
  | z.infer<typeof subscribedRule>
  | z.infer<typeof randomRule>
  | z.infer<typeof segmentRule>;

/** The rule language. It is plain JSON; `rules.ts` in the config's toolbox builds it with types. */
export type Rule = { all: Rule[] } | { any: Rule[] } | { not: Rule } | LeafRule;

/** The kinds of conditions, by the key that tells them apart. */
export const leafKinds = {
  sum: sumRule,
  did: didRule,
  sessions: sessionsRule,
  first: firstRule,
  last: lastRule,
  score: scoreRule,
  trait: traitRule,
  email: emailRule,
  subscribed: subscribedRule,
  random: randomRule,
  segment: segmentRule,
} as const;

export const ruleKinds = ['all', 'any', 'not', ...Object.keys(leafKinds)];

/**
 * Checks one rule by the kind that it names, so that an error speaks of the one intended form
 * instead of ten forms that it is not.
 */
export const rule: z.ZodMiniType<Rule> = z.unknown().check((context) => {
  const problems = ruleProblems(context.value, []);
  for (const problem of problems) context.issues.push({ code: 'custom', input: problem.input, path: problem.path, message: problem.message });
}) as unknown as z.ZodMiniType<Rule>;

interface Problem {
  path: PropertyKey[];
  input: unknown;
  message: string;
}

function ruleProblems(value: unknown, path: PropertyKey[]): Problem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ path, input: value, message: 'a rule is an object such as { did: "purchase" }' }];
  }
  const kind = ruleKinds.find((name) => name in value && !(name === 'did' && 'sum' in value));
  const given = value as Record<string, unknown>;
  if (kind === undefined) {
    return [{ path, input: value, message: `not a rule; it must have one of the keys ${ruleKinds.join(', ')}` }];
  }
  if (kind === 'not') return onlyKey(given, kind, path) ?? ruleProblems(given.not, [...path, 'not']);
  if (kind === 'all' || kind === 'any') {
    const wrongKey = onlyKey(given, kind, path);
    if (wrongKey) return wrongKey;
    const parts = given[kind];
    if (!Array.isArray(parts) || parts.length === 0) {
      return [{ path: [...path, kind], input: parts, message: 'a list of at least one rule' }];
    }
    return parts.flatMap((part, index) => ruleProblems(part, [...path, kind, index]));
  }
  const result = z.safeParse(leafKinds[kind as keyof typeof leafKinds], value);
  if (result.success) {
    const hole = ruleHole(result.data as LeafRule);
    return hole === undefined ? [] : [{ path, input: value, message: hole }];
  }
  return result.error.issues.map((issue) => ({
    path: [...path, ...issue.path],
    input: issue.input ?? valueAt(value, issue.path),
    message: issue.code === 'unrecognized_keys' ? `unknown key ${issue.keys.join(', ')} in a ${kind} rule` : issue.message,
  }));
}

function onlyKey(value: Record<string, unknown>, kind: string, path: PropertyKey[]): Problem[] | undefined {
  const others = Object.keys(value).filter((key) => key !== kind);
  return others.length === 0 ? undefined : [{ path, input: value, message: `unknown key ${others.join(', ')} beside ${kind}` }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
