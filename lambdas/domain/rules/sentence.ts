import type { Comparison, LeafRule, PropertyFilter, Rule } from '../../schemas/rule.ts';

/**
 * A rule in words, such as "did purchase at least 2 times within 30 days where total >= 20 and not (did refund)".
 * Two rules that mean different things read differently.
 */
export function sentence(rule: Rule): string {
  if ('all' in rule) return rule.all.map((part) => nested(part, 'any')).join(' and ');
  if ('any' in rule) return rule.any.map((part) => nested(part, 'all')).join(' or ');
  if ('not' in rule) return `not (${sentence(rule.not)})`;
  return leafSentence(rule);
}

/** Words have no precedence, so a list within a list of the other kind stands in brackets. */
function nested(part: Rule, other: 'all' | 'any'): string {
  const parts = (part as Partial<Record<'all' | 'any', Rule[]>>)[other];
  return parts !== undefined && parts.length > 1 ? `(${sentence(part)})` : sentence(part);
}

function leafSentence(rule: LeafRule): string {
  if ('sum' in rule)
    return words(
      'has a sum of',
      rule.sum,
      'over',
      eventWord(rule.did),
      levels(rule),
      within(rule.withinDays, 'whole UTC day'),
      where(rule.where),
    );
  if ('sessions' in rule)
    return words('visited the site', times(rule), within(rule.withinDays), rule.lastingMinutes !== undefined && `for ${plural(rule.lastingMinutes, 'minute')} or longer`);
  if ('did' in rule) return words('did', eventWord(rule.did), times(rule), within(rule.withinDays), where(rule.where));
  if ('first' in rule) return words('did', eventWord(rule.first), 'for the first time', age(rule), where(rule.where));
  if ('last' in rule) return words('did', eventWord(rule.last), 'for the last time', age(rule), where(rule.where));
  if ('score' in rule) return words('has the score', rule.score, levels(rule));
  if ('trait' in rule) return comparisons(`trait ${rule.trait}`, rule);
  if ('email' in rule) {
    const verb = rule.email === 'sent' ? 'was sent' : rule.email;
    return words(
      verb,
      'an email',
      rule.campaign && `of ${rule.campaign}`,
      rule.step && `in step ${rule.step}`,
      times(rule),
      within(rule.withinDays),
    );
  }
  if ('subscribed' in rule) return rule.subscribed ? 'may be mailed' : 'may not be mailed';
  if ('random' in rule)
    return `is among a random ${Number((rule.below * 100).toPrecision(12))} % of people (salt ${JSON.stringify(rule.random)})`;
  return `meets the rule of segment ${rule.segment}`;
}

const words = (...parts: (string | false | undefined)[]): string => parts.filter(Boolean).join(' ');

const eventWord = (name: string): string => (name === '*' ? 'anything' : name);

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

function times(rule: { atLeast?: number | undefined; atMost?: number | undefined; exactly?: number | undefined }): string | undefined {
  if (rule.exactly !== undefined) return `exactly ${plural(rule.exactly, 'time')}`;
  const bounds = [
    ...(rule.atLeast === undefined ? [] : [`at least ${plural(rule.atLeast, 'time')}`]),
    ...(rule.atMost === undefined ? [] : [`at most ${plural(rule.atMost, 'time')}`]),
  ];
  return bounds.join(' and ');
}

const within = (days: number | undefined, unit = 'day'): string | undefined =>
  days === undefined ? undefined : `within ${plural(days, unit)}`;

function age({ withinDays, beforeDays }: { withinDays?: number | undefined; beforeDays?: number | undefined }): string {
  const ages = [
    ...(withinDays === undefined ? [] : [`within ${plural(withinDays, 'day')}`]),
    ...(beforeDays === undefined ? [] : [`at least ${plural(beforeDays, 'day')} ago`]),
  ];
  return ages.length === 0 ? 'at any time' : ages.join(' and ');
}

function levels({ atLeast, below }: { atLeast?: number | string | undefined; below?: number | string | undefined }): string {
  const level = (value: number | string) => (typeof value === 'string' ? `the threshold ${value}` : String(value));
  return [...(atLeast === undefined ? [] : [`at least ${level(atLeast)}`]), ...(below === undefined ? [] : [`below ${level(below)}`])].join(
    ' and ',
  );
}

function where(filters: readonly PropertyFilter[] | undefined): string | undefined {
  return filters && filters.length > 0 ? `where ${filters.map((filter) => comparisons(filter.property, filter)).join(' and ')}` : undefined;
}

const signs = {
  eq: '=',
  ne: '!=',
  contains: 'contains',
  prefix: 'starts with',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  before: 'is before',
  after: 'is after',
} as const;

function comparisons(subject: string, wanted: Comparison): string {
  const parts = (Object.keys(signs) as (keyof typeof signs)[]).flatMap((key) => {
    const value = wanted[key];
    return value === undefined
      ? []
      : [`${subject} ${signs[key]} ${key === 'before' || key === 'after' ? String(value) : JSON.stringify(value)}`];
  });
  if (wanted.in !== undefined) parts.push(`${subject} is one of ${wanted.in.map((one) => JSON.stringify(one)).join(', ')}`);
  if (wanted.exists !== undefined) parts.push(`${subject} is ${wanted.exists ? 'there' : 'missing'}`);
  return parts.length === 0 ? subject : parts.join(' and ');
}
