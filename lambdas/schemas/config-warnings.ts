import type { Config } from './config.ts';
import type { Rule } from './rule.ts';

/**
 * What is allowed and yet probably a mistake: segments that nobody can reach, because an earlier one takes everybody who
 * would fit or because the rule contradicts itself. Only what follows from the rules alone is told; how many people really
 * are in two rules at once is for `npm run simulate`, which looks at events.
 */
export function configWarnings(config: Config): string[] {
  const warnings: string[] = [];
  config.segments.forEach(({ name, when }, index) => {
    const path = `segments.${index} (${name})`;
    if (contradicts(when)) warnings.push(`${path}: nobody can reach it: its rule contradicts itself`);
    const taker = takerOf(config.segments, index);
    if (taker) warnings.push(`${path}: nobody can reach it: whoever fits is in ${taker.name} already`);
  });
  for (const [name, { entry, startsWithoutAddress }] of Object.entries(config.campaigns))
    if (config.products !== undefined && 'event' in entry && entry.event === config.products.added && startsWithoutAddress === undefined)
      warnings.push(`campaigns.${name}: starts only for people who can be mailed when they put something into the cart; set startsWithoutAddress to true to start for visitors, too, who may log in before the email is due, or to false`);
  return warnings;
}

/** Places in the list of segments that nobody can be in. */
export function unreachableSegments({ segments }: Pick<Config, 'segments'>): number[] {
  return segments.flatMap(({ when }, index) => (contradicts(when) || takerOf(segments, index) ? [index] : []));
}

/** An earlier segment that hides this one. */
const takerOf = (segments: Config['segments'], index: number) => segments.slice(0, index).find((earlier) => implies(segments[index]!.when, earlier.when));

/** Does every person who satisfies `a` satisfy `b`? True only when the rules show it; false also means "not known". */
export function implies(a: Rule, b: Rule): boolean {
  if (same(a, b)) return true;
  if ('any' in a) return a.any.every((part) => implies(part, b));
  if ('all' in b) return b.all.every((part) => implies(a, part));
  if ('all' in a && a.all.some((part) => implies(part, b))) return true;
  if ('any' in b) return b.any.some((part) => implies(a, part));
  if ('not' in a && 'not' in b) return implies(b.not, a.not);
  if ('did' in a && 'did' in b && !('sum' in a) && !('sum' in b)) return impliesCount(a, b) && same(a.where ?? [], b.where ?? []) && (a.did === b.did || (b.did === '*' && b.where === undefined));
  if ('sessions' in a && 'sessions' in b) return impliesCount(a, b) && (a.lastingMinutes ?? 0) >= (b.lastingMinutes ?? 0);
  if ('email' in a && 'email' in b) return a.email === b.email && impliesCount(a, b) && (['campaign', 'step'] as const).every((key) => b[key] === undefined || a[key] === b[key]);
  if ('score' in a && 'score' in b) return a.score === b.score && isBound(a.atLeast, b.atLeast, (x, y) => x >= y) && isBound(a.below, b.below, (x, y) => x <= y);
  return false;
}

interface Counted {
  atLeast?: number | undefined;
  atMost?: number | undefined;
  exactly?: number | undefined;
  withinDays?: number | undefined;
}

/** At least n within a short window means at least n within a longer one, and fewer than n are easier than n. */
function impliesCount(a: Counted, b: Counted): boolean {
  if (b.atMost !== undefined || b.exactly !== undefined) return false;
  const least = (rule: Counted) => rule.exactly ?? rule.atLeast ?? (rule.atMost === undefined ? 1 : 0);
  return least(a) >= least(b) && (a.withinDays ?? Infinity) <= (b.withinDays ?? Infinity);
}

/** Is a limit `a` enough for the limit `b`? Thresholds move, so a named one is only enough for itself. */
function isBound(a: number | string | undefined, b: number | string | undefined, isTighter: (a: number, b: number) => boolean): boolean {
  return b === undefined || a === b || (typeof a === 'number' && typeof b === 'number' && isTighter(a, b));
}

/** Can the rule never hold, as far as its parts show? */
export function contradicts(rule: Rule): boolean {
  if ('any' in rule) return rule.any.every(contradicts);
  if (!('all' in rule)) return false;
  const parts = rule.all.flatMap((part) => ('all' in part ? part.all : [part]));
  return parts.some((part) => contradicts(part) || parts.some((other) => 'not' in other && implies(part, other.not)));
}

function same(a: unknown, b: unknown): boolean {
  return sorted(a) === sorted(b);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
