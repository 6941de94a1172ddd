import { describe, expect, test } from 'vitest';
import { all, any, did, email, frequency, inSegment, not, randomShare, score, subscribed, trait } from '../../lambdas/schemas/build-rule.ts';
import { configWith } from '../support/events.ts';

describe('the rule builder', () => {
  test('makes the JSON form, without the methods that made it', () => {
    const rule = all(did('purchase').whereProperty('total').gte(20).whereProperty('shipping.country').in(['DE', 'AT']).times({ atLeast: 2 }).within(30), not(trait('plan').eq('gold')));
    const json = {
      all: [
        { did: 'purchase', where: [{ property: 'total', gte: 20 }, { property: 'shipping.country', in: ['DE', 'AT'] }], atLeast: 2, withinDays: 30 },
        { not: { trait: 'plan', eq: 'gold' } },
      ],
    };
    expect(JSON.parse(JSON.stringify(rule))).toEqual(json);
    expect(Object.keys((rule as { all: object[] }).all[0] ?? {})).toEqual(Object.keys(json.all[0] ?? {}));
  });

  test('leaves the rule that it starts from as it is', () => {
    const bought = did('purchase');
    bought.within(7).times({ exactly: 1 });
    expect(JSON.stringify(bought)).toBe('{"did":"purchase"}');
  });

  test('makes rules that a config takes', () => {
    const segments = [
      { name: 'one', title: '', when: any(score('engagement', { atLeast: 'engaged' }), email('opened', { withinDays: 14 }), subscribed(), randomShare('pilot', 0.1)) },
      { name: 'two', title: '', when: not(inSegment('one')) },
      { name: 'three', title: '', when: frequency('purchase', { withinDays: 90, high: 5, medium: 2 }).high },
    ];
    expect(configWith({ segments }).segments).toEqual(JSON.parse(JSON.stringify(segments)));
  });

  test('cuts frequency into bands that leave no gap and do not overlap', () => {
    const bands = frequency('purchase', { withinDays: 90, high: 5, medium: 2 });
    expect(bands).toEqual({
      high: { did: 'purchase', atLeast: 5, withinDays: 90 },
      medium: { did: 'purchase', atLeast: 2, atMost: 4, withinDays: 90 },
      low: { did: 'purchase', atLeast: 1, atMost: 1, withinDays: 90 },
    });
    expect(() => frequency('purchase', { withinDays: 90, high: 2, medium: 2 })).toThrow('high (2) must be above medium (2)');
  });
});
