import { describe, expect, test } from 'vitest';
import { agreement, classScores, cohensKappa, confusionMatrix, macroScores } from '../../../lambdas/domain/statistics/confusion.ts';

const classes = ['a', 'b', 'c'];

/** A matrix out of its rows. */
const matrixOf = (rows: number[][], names = classes.slice(0, rows.length)) =>
  confusionMatrix(names, rows.flatMap((row, r) => row.map((people, c) => ({ row: names[r] as string, column: names[c] as string, people }))));

/** scikit-learn's example of precision_recall_fscore_support: y_true = 0 1 2 0 1 2, y_pred = 0 2 1 0 0 1. */
const scikitLearn = confusionMatrix(
  ['0', '1', '2'],
  [...'012012'].map((row, index) => ({ row, column: [...'021001'][index] as string, people: 1 })),
);

test('a matrix adds up what is told of one cell, and knows its classes', () => {
  const cells = [{ row: 'a', column: 'b', people: 2 }, { row: 'a', column: 'b', people: 3 }, { row: 'c', column: 'a', people: 1 }];
  expect(confusionMatrix(classes, cells).counts).toEqual([[0, 5, 0], [0, 0, 0], [1, 0, 0]]);
  expect(() => confusionMatrix(classes, [{ row: 'a', column: 'z', people: 1 }])).toThrow('class z is none of a, b, c');
});

describe('kappa', () => {
  test('of 100 diagnoses, as Fleiss, Levin and Paik print it (Statistical Methods for Rates and Proportions, 3rd edition, table 18.1): 0.68', () => {
    const diagnoses = matrixOf([[75, 1, 4], [5, 4, 1], [0, 0, 10]]);
    expect(agreement(diagnoses)).toBeCloseTo(0.89, 12);
    expect(cohensKappa(diagnoses)).toBeCloseTo(0.68, 2);
    expect(cohensKappa(diagnoses)).toBeCloseTo(0.23 / 0.34, 12);
  });

  // Wikipedia, "Cohen's kappa": the simple example, and two with the same agreement of 60 percent.
  test.each([
    [[[20, 5], [10, 15]], 0.4],
    [[[45, 15], [25, 15]], 0.1304],
    [[[25, 35], [5, 35]], 0.2593],
  ])('of %j is %d', (rows, kappa) => expect(cohensKappa(matrixOf(rows))).toBeCloseTo(kappa, 4));

  test('is 1 for perfect agreement, below 0 for less than chance, and does not exist where nothing can differ', () => {
    expect(cohensKappa(matrixOf([[7, 0], [0, 3]]))).toBe(1);
    expect(cohensKappa(matrixOf([[0, 5], [5, 0]]))).toBe(-1);
    expect(cohensKappa(matrixOf([[9, 0], [0, 0]]))).toBeUndefined();
    expect(cohensKappa(matrixOf([[0, 0], [0, 0]]))).toBeUndefined();
    expect(agreement(matrixOf([[0, 0], [0, 0]]))).toBeUndefined();
  });
});

describe('precision, recall and F1', () => {
  test('by class', () => {
    expect(classScores(scikitLearn)).toEqual([
      { name: '0', people: 2, precision: 2 / 3, recall: 1, f1: 0.8 },
      { name: '1', people: 2, precision: 0, recall: 0, f1: 0 },
      { name: '2', people: 2, precision: 0, recall: 0, f1: 0 },
    ]);
  });

  test('macro, as scikit-learn documents: 0.22, 0.33, 0.26', () => {
    const { precision, recall, f1 } = macroScores(scikitLearn);
    expect([precision, recall, f1]).toEqual([expect.closeTo(2 / 9, 12), expect.closeTo(1 / 3, 12), expect.closeTo(0.8 / 3, 12)]);
  });

  test('do not exist for a class that never occurs, which does not lower the means', () => {
    const matrix = matrixOf([[3, 0, 0], [0, 2, 0], [0, 0, 0]]);
    expect(classScores(matrix)[2]).toEqual({ name: 'c', people: 0, precision: undefined, recall: undefined, f1: undefined });
    expect(macroScores(matrix)).toEqual({ precision: 1, recall: 1, f1: 1 });
    expect(macroScores(matrixOf([[0]]))).toEqual({ precision: undefined, recall: undefined, f1: undefined });
  });
});
