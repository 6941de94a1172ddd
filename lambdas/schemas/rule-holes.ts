import type { Comparison, LeafRule } from './rule.ts';

/** The comparisons of a value, in the order in which messages name them. */
export const comparisonNames = ['eq', 'ne', 'in', 'contains', 'prefix', 'exists', 'gt', 'gte', 'lt', 'lte', 'before', 'after'] as const;

/**
 * What is missing in a comparison, or makes it hold for nothing.
 * @returns undefined for one that can hold
 */
export function comparisonHole(wanted: Comparison): string | undefined {
  if (comparisonNames.every((name) => wanted[name] === undefined)) return `has nothing to compare with: add ${list(comparisonNames)}; exists: true asks only whether there is a value`;
  const lower = Math.max(wanted.gt ?? -Infinity, wanted.gte ?? -Infinity);
  const upper = Math.min(wanted.lt ?? Infinity, wanted.lte ?? Infinity);
  const isOpen = wanted.gt === lower || wanted.lt === upper;
  if (lower > upper || (lower === upper && isOpen)) return `no number is over ${lower} and under ${upper}`;
  if (wanted.after !== undefined && wanted.before !== undefined && Date.parse(wanted.after) >= Date.parse(wanted.before)) return `no time is after ${wanted.after} and before ${wanted.before}`;
  return undefined;
}

/**
 * What a rule of valid form lacks, or why it can never hold: a rule with a hole would quietly mean something else than its author did.
 * @returns undefined for a rule that asks for something
 */
export function ruleHole(rule: LeafRule): string | undefined {
  if ('trait' in rule) return comparisonHole(rule);
  if ('sum' in rule && rule.sum.includes('[]')) return 'a sum adds one number of each event: name a property, and not the elements of a list';
  if ('score' in rule || 'sum' in rule) return rangeHole(rule);
  if ('first' in rule || 'last' in rule) {
    const { withinDays = Infinity, beforeDays = 0 } = rule;
    return beforeDays >= withinDays ? `nothing is at least ${beforeDays} days old and younger than ${withinDays}: beforeDays must be less than withinDays` : undefined;
  }
  if ('did' in rule || 'sessions' in rule || 'email' in rule) return countHole(rule);
  return undefined;
}

function rangeHole({ atLeast, below }: { atLeast?: number | string | undefined; below?: number | string | undefined }): string | undefined {
  if (atLeast === undefined && below === undefined) return 'has no limit: add atLeast or below';
  if (typeof atLeast === 'number' && typeof below === 'number' && atLeast >= below) return `nothing is at least ${atLeast} and below ${below}`;
  return undefined;
}

function countHole({ atLeast, atMost, exactly }: { atLeast?: number | undefined; atMost?: number | undefined; exactly?: number | undefined }): string | undefined {
  if (exactly !== undefined && (atLeast !== undefined || atMost !== undefined)) return 'exactly stands alone: leave out atLeast and atMost';
  if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) return `no count is at least ${atLeast} and at most ${atMost}`;
  return undefined;
}

const list = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
