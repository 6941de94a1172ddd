import { expect, test } from 'vitest';
import { judge } from '../../../lambdas/domain/report/assumption.ts';

const assumption = { words: 'They want more.', confirmedBy: ['yes', 'very'], refutedBy: ['no'] };
const answers = (yes: number, no: number, other = 0) => [
  { value: 'yes', count: yes },
  { value: 'no', count: no },
  { value: 'partly', count: other },
];

test('the interval is that of Wilson, as Newcombe (1998) prints it', () => {
  expect(judge(answers(81, 182), assumption)).toMatchObject({
    answers: 263,
    from: expect.closeTo(0.2553, 4),
    to: expect.closeTo(0.3662, 4),
  });
  expect(judge(answers(15, 133), assumption)).toMatchObject({ from: expect.closeTo(0.0624, 4), to: expect.closeTo(0.1605, 4) });
  expect(judge(answers(0, 20), assumption)).toMatchObject({ from: expect.closeTo(0, 4), to: expect.closeTo(0.1611, 4) });
});

test.each([
  [80, 20, 'confirmed'],
  [20, 80, 'refuted'],
  [6, 4, 'undecided'],
  [4, 6, 'undecided'],
])('%i for and %i against: %s', (yes, no, kind) => {
  expect(judge(answers(yes, no), assumption)?.kind).toBe(kind);
});

test('answers that speak for neither do not count, and several may speak for it', () => {
  expect(judge([...answers(10, 5, 500), { value: 'very', count: 15 }], assumption)).toMatchObject({ answers: 30, share: 25 / 30 });
  expect(judge(answers(0, 0, 500), assumption)).toBeUndefined();
});
