import { describe, expect, test } from 'vitest';
import { compare } from '../../../lambdas/domain/events/filters.ts';

describe('a value is compared as the author of the rule wrote it', () => {
  test.each([
    ['12345', '12345', true],
    [12345, '12345', true],
    ['12345', 12345, true],
    ['01234', '01234', true],
    ['01234', 1234, false],
    [1234, '01234', false],
    ['01234', '1234', false],
    ['12.50', 12.5, true],
    ['0.5', 0.5, true],
    ['12 EUR', 12, false],
    ['', 0, false],
    [' ', 0, false],
    [null, 'null', false],
    [true, true, true],
    ['TRUE', true, true],
    ['false', false, true],
    ['', false, false],
    [1, true, false],
    [true, 'true', false],
    [['a', 7], '7', true],
    [['a', '7'], 7, true],
  ])('%j is %j: %j', (value, wanted, answer) => {
    expect(compare(value, { eq: wanted })).toBe(answer);
    expect(compare(value, { ne: wanted })).toBe(!answer);
    expect(compare(value, { in: [wanted, 'something else'] })).toBe(answer);
  });
});
