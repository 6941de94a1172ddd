/** A predicted probability and the outcome. */
export interface Forecast {
  probability: number;
  converted: boolean;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const outcome = ({ converted }: Forecast): number => (converted ? 1 : 0);

/**
 * Mean squared difference of probability and outcome, from 0, the best, to 1: Brier, "Verification of Forecasts Expressed in Terms of
 * Probability", Monthly Weather Review 78 (1950), in the form for two classes, which is half of his.
 */
export function brierScore(forecasts: readonly Forecast[]): number {
  return mean(forecasts.map((one) => (one.probability - outcome(one)) ** 2));
}

export interface CalibrationBin {
  from: number;
  until: number;
  people: number;
  /** Mean predicted probability, and the share that converted. */
  predicted: number;
  converted: number;
}

/** The reliability diagram in equally wide bins; empty ones are left out. A bin holds its lower edge, and the last one also 1. */
export function calibrationBins(forecasts: readonly Forecast[], bins = 10): CalibrationBin[] {
  const byBin = Map.groupBy(forecasts, ({ probability }) => Math.min(bins - 1, Math.floor(probability * bins)));
  return [...byBin]
    .sort(([a], [b]) => a - b)
    .map(([bin, list]) => ({
      from: bin / bins,
      until: (bin + 1) / bins,
      people: list.length,
      predicted: mean(list.map(({ probability }) => probability)),
      converted: mean(list.map(outcome)),
    }));
}

/**
 * Expected calibration error: how far the predicted probability is from the share that converted, in the mean over people. Naeini, Cooper and
 * Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015; Guo et al., "On Calibration of Modern Neural
 * Networks", ICML 2017.
 */
export function calibrationError(forecasts: readonly Forecast[], bins = 10): number {
  return calibrationBins(forecasts, bins).reduce(
    (sum, { people, predicted, converted }) => sum + (people / forecasts.length) * Math.abs(predicted - converted),
    0,
  );
}

/** A decision, how sure it was, and whether it was right. */
export interface Judged {
  confidence: number;
  isRight: boolean;
}

export interface CoveragePoint {
  /** Share of the people on whom is decided: all with at least `confidence`. */
  coverage: number;
  confidence: number;
  /** Share of them on whom it is right. */
  accuracy: number;
}

/**
 * What share of decisions is right when only the surest are taken: the complement of the risk-coverage curve of El-Yaniv and Wiener, "On
 * the Foundations of Noise-free Selective Classification", Journal of Machine Learning Research 11 (2010). Equally sure decisions are
 * taken together.
 * @param points at most so many, evenly spread over the people; the last one is all of them
 */
export function coverageCurve(judged: readonly Judged[], points = 20): CoveragePoint[] {
  const surest = [...judged].sort((a, b) => b.confidence - a.confidence);
  const curve: CoveragePoint[] = [];
  let right = 0;
  surest.forEach(({ confidence, isRight }, index) => {
    if (isRight) right += 1;
    const taken = index + 1;
    if (surest[taken]?.confidence === confidence) return;
    const due = Math.floor((taken / surest.length) * points) > Math.floor((curve.at(-1)?.coverage ?? 0) * points + 1e-9);
    if (due) curve.push({ coverage: taken / surest.length, confidence, accuracy: right / taken });
  });
  return curve;
}
