import { describe, expect, test } from 'vitest';
import { churnOf, transitionMatrix } from '../../../lambdas/domain/statistics/transitions.ts';

const segments = ['buyers', 'browsers', 'dormant'];
const moves = [
  { from: 'buyers', to: 'buyers', people: 60 },
  { from: 'buyers', to: 'browsers', people: 15 },
  { from: 'buyers', to: 'dormant', people: 25 },
  { from: 'browsers', to: 'buyers', people: 10 },
  { from: 'browsers', to: 'dormant', people: 40 },
  { from: 'dormant', to: 'dormant', people: 180 },
  { from: 'dormant', to: 'browsers', people: 20 },
  { from: null, to: 'browsers', people: 30 },
];

describe('the transition matrix', () => {
  test('has a row for each segment and one for those who came', () => {
    expect(transitionMatrix(moves, segments)).toEqual([
      { from: 'buyers', people: 100, counts: [60, 15, 25], shares: [0.6, 0.15, 0.25], stayed: 0.6 },
      { from: 'browsers', people: 50, counts: [10, 0, 40], shares: [0.2, 0, 0.8], stayed: 0 },
      { from: 'dormant', people: 200, counts: [0, 20, 180], shares: [0, 0.1, 0.9], stayed: 0.9 },
      { from: null, people: 30, counts: [0, 30, 0], shares: [0, 1, 0], stayed: 0 },
    ]);
  });

  test('adds up moves that are told in parts, and is empty of nobody', () => {
    const parts = moves.flatMap((move) => [{ ...move, people: 1 }, { ...move, people: move.people - 1 }]);
    expect(transitionMatrix(parts, segments)).toEqual(transitionMatrix(moves, segments));
    expect(transitionMatrix([], ['buyers'])).toEqual([{ from: 'buyers', people: 0, counts: [0], shares: [0], stayed: 0 }]);
  });

  test('is that of the published land of Oz: Kemeny and Snell, "Finite Markov Chains", 1960', () => {
    const days = [[2, 1, 1], [2, 0, 2], [1, 1, 2]];
    const weather = ['rain', 'nice', 'snow'];
    const counted = days.flatMap((row, r) => row.map((people, c) => ({ from: weather[r] as string, to: weather[c] as string, people })));
    expect(transitionMatrix(counted, weather).map(({ shares }) => shares)).toEqual([[0.5, 0.25, 0.25], [0.5, 0, 0.5], [0.25, 0.25, 0.5]]);
  });

  test('loses nobody to a segment that is not listed', () => {
    expect(() => transitionMatrix([{ from: 'fans', to: 'buyers', people: 1 }], segments)).toThrow('segment fans is none of buyers, browsers, dormant');
    expect(() => transitionMatrix([{ from: null, to: 'fans', people: 1 }], segments)).toThrow('segment fans');
  });
});

test('churn counts who was there and left, recovery who was gone and came back, and neither who came first', () => {
  expect(churnOf(moves, ['dormant'])).toEqual({ atRisk: 150, lost: 65, churn: 65 / 150, wereLost: 200, returned: 20, recovery: 0.1 });
  expect(churnOf([{ from: null, to: 'dormant', people: 5 }], ['dormant'])).toEqual({ atRisk: 0, lost: 0, churn: 0, wereLost: 0, returned: 0, recovery: 0 });
});
