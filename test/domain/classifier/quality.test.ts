import { describe, expect, test } from 'vitest';
import { brierScore, calibrationBins, calibrationError, coverageCurve, type Forecast } from '../../../lambdas/domain/classifier/quality.ts';
import { seeded } from '../../../lambdas/domain/statistics/bootstrap.ts';

const forecasts = (probabilities: number[], converted: number[]): Forecast[] => probabilities.map((probability, index) => ({ probability, converted: converted[index] === 1 }));

describe('the Brier score', () => {
  test("of scikit-learn's example, brier_score_loss: 0.0375", () => expect(brierScore(forecasts([0.1, 0.9, 0.8, 0.3], [0, 1, 1, 0]))).toBeCloseTo(0.0375, 12));

  test("of Wikipedia's forecasts of rain: 1, 0.7, 0.3 and 0.5", () => {
    for (const [probability, score] of [[1, 0], [0.7, 0.09], [0.3, 0.49], [0.5, 0.25]] as const) expect(brierScore(forecasts([probability], [1]))).toBeCloseTo(score, 12);
  });
});

describe('the expected calibration error', () => {
  test("of TorchMetrics' example, BinaryCalibrationError with two bins: 0.29", () => {
    expect(calibrationError(forecasts([0.25, 0.25, 0.55, 0.75, 0.75], [0, 0, 1, 1, 1]), 2)).toBeCloseTo(0.29, 12);
  });

  test('has bins that hold their lower edge, and 1', () => {
    expect(calibrationBins(forecasts([0, 0.5, 0.5, 1], [0, 1, 0, 1]), 2)).toEqual([
      { from: 0, until: 0.5, people: 1, predicted: 0, converted: 0 },
      { from: 0.5, until: 1, people: 3, predicted: 2 / 3, converted: 2 / 3 },
    ]);
  });
});

describe('coverage against accuracy', () => {
  test('takes the surest first, and equally sure ones together', () => {
    const judged = [{ confidence: 1, isRight: false }, { confidence: 3, isRight: true }, { confidence: 2, isRight: true }, { confidence: 2, isRight: false }, { confidence: 0, isRight: true }];
    expect(coverageCurve(judged)).toEqual([
      { coverage: 0.2, confidence: 3, accuracy: 1 },
      { coverage: 0.6, confidence: 2, accuracy: 2 / 3 },
      { coverage: 0.8, confidence: 1, accuracy: 2 / 4 },
      { coverage: 1, confidence: 0, accuracy: 3 / 5 },
    ]);
  });

  test('agrees with a recount at each of its points, which are no more than asked for', () => {
    const random = seeded(2);
    const judged = Array.from({ length: 1234 }, () => ({ confidence: Math.floor(random() * 300), isRight: random() < 0.7 }));
    const curve = coverageCurve(judged, 10);
    expect(curve.length).toBeLessThanOrEqual(10);
    expect(curve.length).toBeGreaterThanOrEqual(9);
    expect(curve.at(-1)?.coverage).toBe(1);
    for (const { coverage, confidence, accuracy } of curve) {
      const taken = judged.filter((one) => one.confidence >= confidence);
      expect(coverage).toBeCloseTo(taken.length / 1234, 12);
      expect(accuracy).toBeCloseTo(taken.filter(({ isRight }) => isRight).length / taken.length, 12);
    }
  });

  test('of nobody is empty', () => expect(coverageCurve([])).toEqual([]));
});
