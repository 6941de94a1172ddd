import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { monthOf, periodOf, previousMonth } from '../../../lambdas/domain/period.ts';
import { changesByInstant } from '../../../lambdas/domain/report-numbers/segment-changes.ts';
import { Tally } from '../../../lambdas/domain/report-numbers/tally.ts';

describe('a month', () => {
  test('ends where the next one begins, over the end of a year as well', () => {
    expect(periodOf('2026-12')).toEqual({ month: '2026-12', fromMs: Date.parse('2026-12-01T00:00:00Z'), untilMs: Date.parse('2027-01-01T00:00:00Z') });
    expect(previousMonth(Date.parse('2027-01-01T05:00:00Z'))).toBe('2026-12');
    expect(monthOf(periodOf('2026-12').untilMs - 1)).toBe('2026-12');
  });

  test.each(['2026-13', '2026-1', '2026', 'March', ''])('is not %j', (text) => {
    expect(() => periodOf(text)).toThrow(`month ${JSON.stringify(text)}: must be a year and a month`);
  });
});

test('tallies of any parts add up to the tally of the whole', () => {
  const entries = fc.array(fc.record({ name: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 2 }), amount: fc.integer({ min: 1, max: 9 }), part: fc.nat({ max: 3 }) }));
  const tallyOf = (list: { name: string[]; amount: number }[]) => {
    const tally = new Tally();
    for (const { name, amount } of list) tally.add(name, amount);
    return tally;
  };
  fc.assert(
    fc.property(entries, (list) => {
      const whole = tallyOf(list);
      const merged = new Tally();
      for (const part of [0, 1, 2, 3]) merged.merge(tallyOf(list.filter((entry) => entry.part === part)));
      expect(new Map(merged)).toEqual(new Map(whole));
      for (const first of ['a', 'b', 'c']) {
        const expected = list.filter(({ name }) => name[0] === first).reduce((sum, { amount }) => sum + amount, 0);
        expect(whole.sum({ 0: first })).toBe(expected);
        expect([...whole.by(1, { 0: first }).values()].reduce((sum, amount) => sum + amount, 0)).toBe(expected);
      }
    }),
  );
});

describe('changes of segment', () => {
  const change = (from: string | null, to: string, atMs: number) => ({ from, to, atMs, cause: 'event' });

  test('of one instant are one, in whatever order they are recorded', () => {
    const recorded = [change(null, 'others', 5), change('others', 'browsers', 5), change('browsers', 'buyers', 5)];
    fc.assert(
      fc.property(fc.shuffledSubarray(recorded, { minLength: 3 }), (shuffled) => {
        expect(changesByInstant([...shuffled, change('buyers', 'others', 9)])).toEqual([change(null, 'buyers', 5), change('buyers', 'others', 9)]);
      }),
    );
  });

  test('that lead back within an instant are none', () => {
    expect(changesByInstant([change(null, 'others', 1), change('buyers', 'others', 5), change('others', 'buyers', 5)])).toEqual([change(null, 'others', 1)]);
  });
});
