import { describe, expect, test } from 'vitest';
import { seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';
import { fifths, rfmName, rfmNames, rfmTable, type Buyers, type Fifth } from '../../../lambdas/domain/statistics/rfm.ts';

const buyer = (recencyDays: number, frequency: number, monetary: number, people = 1): Buyers => ({ recencyDays, frequency, monetary, people });

describe('fifths', () => {
  test('of ten different values have two each', () => {
    const fifth = fifths(Array.from({ length: 10 }, (_, index) => [index * 7, 1] as const));
    expect(Array.from({ length: 10 }, (_, index) => fifth(index * 7))).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  });

  test('keep equal values together, so that who bought once is at the bottom', () => {
    const fifth = fifths([[1, 70], [2, 20], [9, 10]]);
    expect([fifth(1), fifth(2), fifth(9)]).toEqual([1, 4, 5]);
  });

  test('do not depend on the order, or on how the people are counted', () => {
    const random = seeded(5);
    const values = Array.from({ length: 300 }, () => Math.floor(random() * 40));
    const [forward, backward, counted] = [values, values.toReversed()].map((list) => fifths(list.map((value) => [value, 1] as const))).concat(
      fifths([...Map.groupBy(values, (value) => value)].map(([value, list]) => [value, list.length] as const)),
    );
    for (const value of values) expect([backward?.(value), counted?.(value)]).toEqual([forward?.(value), forward?.(value)]);
  });

  test('are by rank: a fifth holds the people below whom that share of the others is', () => {
    const random = seeded(6);
    const values = Array.from({ length: 97 }, () => Math.floor(random() * 30));
    const fifth = fifths(values.map((value) => [value, 1] as const));
    for (const value of values) {
      const below = values.filter((other) => other < value).length / values.length;
      expect(below).toBeGreaterThanOrEqual((fifth(value) - 1) / 5);
      expect(below).toBeLessThan(fifth(value) / 5);
    }
  });

  test('know nothing of a value that nobody has', () => expect(() => fifths([[1, 1]])(2)).toThrow('nobody has the value 2'));
});

describe('names', () => {
  // The mapping as it is written in most published analyses: recency digit, then the digit of value.
  const published: [pattern: RegExp, name: string][] = [
    [/[1-2][1-2]/, 'Hibernating'],
    [/[1-2][3-4]/, 'At risk'],
    [/[1-2]5/, 'Cannot lose them'],
    [/3[1-2]/, 'About to sleep'],
    [/33/, 'Need attention'],
    [/[3-4][4-5]/, 'Loyal customers'],
    [/41/, 'Promising'],
    [/51/, 'New customers'],
    [/[4-5][2-3]/, 'Potential loyalists'],
    [/5[4-5]/, 'Champions'],
  ];
  const all: Fifth[] = [1, 2, 3, 4, 5];

  test('are those of the published grid in each of its 25 cells', () => {
    for (const recency of all) for (const value of all) expect(rfmName(recency, value, value)).toBe(published.find(([pattern]) => pattern.test(`${recency}${value}`))?.[1]);
  });

  test('look at the mean of frequency and spending, a half rounded up', () => {
    expect(rfmName(5, 5, 1)).toBe('Potential loyalists');
    expect(rfmName(5, 3, 4)).toBe('Champions');
    expect(rfmName(5, 1, 2)).toBe('Potential loyalists');
  });
});

describe('the table', () => {
  const buyers = [buyer(1, 9, 900), buyer(5, 7, 500), buyer(20, 3, 80), buyer(100, 2, 30), buyer(300, 1, 10)];

  test('puts the best of five among the champions and the worst among the hibernating', () => {
    const table = rfmTable(buyers);
    expect(table.map(({ name }) => name)).toEqual(rfmNames);
    expect(table.filter(({ people }) => people > 0)).toEqual([
      { name: 'Champions', people: 1, share: 0.2, recencyDays: 1, frequency: 9, monetary: 900, spent: 900 },
      { name: 'Loyal customers', people: 1, share: 0.2, recencyDays: 5, frequency: 7, monetary: 500, spent: 500 },
      { name: 'Need attention', people: 1, share: 0.2, recencyDays: 20, frequency: 3, monetary: 80, spent: 80 },
      { name: 'Hibernating', people: 2, share: 0.4, recencyDays: 200, frequency: 1.5, monetary: 20, spent: 40 },
    ]);
  });

  test('is the same however the people are grouped and ordered', () => {
    const random = seeded(8);
    const people = Array.from({ length: 400 }, () => buyer(Math.floor(random() * 60), 1 + Math.floor(random() * 6), Math.floor(random() * 10) * 10));
    const grouped = [...Map.groupBy(people, (one) => `${one.recencyDays} ${one.frequency} ${one.monetary}`).values()].map((list) => ({ ...(list[0] as Buyers), people: list.length }));
    expect(grouped.length).toBeLessThan(people.length);
    const rounded = (list: readonly Buyers[]) => rfmTable(list).map((row) => ({ ...row, recencyDays: expect.closeTo(row.recencyDays, 9), frequency: expect.closeTo(row.frequency, 9), monetary: expect.closeTo(row.monetary, 9) }));
    expect(rfmTable(grouped)).toEqual(rounded(people));
    expect(rfmTable(people.toReversed())).toEqual(rounded(people));
    expect(rfmTable(people).reduce((sum, row) => sum + row.people, 0)).toBe(400);
  });

  test('is empty of nobody', () => expect(rfmTable([]).every(({ people, share, monetary }) => people === 0 && share === 0 && monetary === 0)).toBe(true));
});
