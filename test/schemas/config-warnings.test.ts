import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configWarnings, implies } from '../../lambdas/schemas/config-warnings.ts';
import { compileRule, isTrue, noNeeds } from '../../lambdas/domain/rules/compile.ts';
import type { PropertyFilter, Rule } from '../../lambdas/schemas/rule.ts';
import bookstore from '../../examples/bookstore/segue.config.ts';
import { configWith } from '../support/events.ts';
import { viewOf } from '../support/rule-view.ts';

const warningsFor = (...rules: Rule[]) => configWarnings(configWith({ segments: rules.map((when, index) => ({ name: `s${index}`, title: '', when })) }));

describe('segments that nobody can reach', () => {
  test('are told with their place and the reason', () => {
    expect(warningsFor({ did: 'purchase', withinDays: 30 }, { did: 'purchase', withinDays: 7, atLeast: 2 })).toEqual([
      'segments.1 (s1): nobody can reach it: whoever fits is in s0 already',
    ]);
    expect(warningsFor({ all: [{ did: 'purchase' }, { not: { did: 'purchase' } }] })).toEqual(['segments.0 (s0): nobody can reach it: its rule contradicts itself']);
  });

  test.each<[string, Rule, Rule]>([
    ['a wider window comes later', { did: 'purchase', withinDays: 7 }, { did: 'purchase', withinDays: 30 }],
    ['more is asked before', { did: 'purchase', atLeast: 3 }, { did: 'purchase' }],
    ['another property', { did: 'purchase', where: [{ property: 'genre', eq: 'crime' }] }, { did: 'purchase' }],
    ['a lower score', { score: 'engagement', atLeast: 50 }, { score: 'engagement', atLeast: 20 }],
  ])('are not told of when %s', (_name, first, second) => {
    expect(warningsFor(first, second)).toEqual([]);
  });

  test('do not exist in the bookstore', () => {
    expect(configWarnings(bookstore)).toEqual([]);
  });
});

const day = 86_400_000;
const now = 100 * day;
const leaf: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({ did: fc.constantFrom('a', 'b', '*'), atLeast: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ did: fc.constantFrom('a', 'b'), atLeast: fc.integer({ min: 1, max: 2 }), withinDays: fc.constantFrom(5, 20) }),
  fc.record({ did: fc.constantFrom('a', 'b'), exactly: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ did: fc.constant('a'), where: fc.constant([{ property: 'p', eq: 1 }] as PropertyFilter[]) }),
  fc.record({ score: fc.constant('engagement'), atLeast: fc.constantFrom(5, 10) }),
  fc.record({ score: fc.constant('engagement'), below: fc.constantFrom(5, 10) }),
);
const rule: fc.Arbitrary<Rule> = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.record({ all: fc.array(tie('rule'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ any: fc.array(tie('rule'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie('rule') }),
  ),
})).rule;

test('one rule is said to imply another only if nobody satisfies the one without the other', () => {
  const happened = fc.array(fc.record({ name: fc.constantFrom('a', 'b'), atMs: fc.integer({ min: now - 30 * day, max: now }), p: fc.integer({ min: 0, max: 1 }) }), { maxLength: 5 });
  fc.assert(
    fc.property(rule, rule, happened, fc.integer({ min: 0, max: 15 }), (a, b, events, points) => {
      if (!implies(a, b)) return;
      const needs = noNeeds();
      const [first, second] = [compileRule(a, bookstore, needs), compileRule(b, bookstore, needs)];
      const view = viewOf(
        needs,
        events.map(({ name, atMs, p }) => ({ event: name, atMs, properties: { p } })),
        { scores: { engagement: { value: points, atMs: now } } },
      );
      if (isTrue(first(view, now, {}))) expect(isTrue(second(view, now, {}))).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});
