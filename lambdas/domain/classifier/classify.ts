import type { Model } from '../../schemas/model.ts';
import type { Features } from './features.ts';
import { sigmoid } from './logistic.ts';

export type Classification =
  | { side: 'above' | 'below'; probability: number }
  /**
   * `uncertain`: between the two bounds of the model. `features`: the config has changed since the training, and a feature of the
   * model is missing.
   */
  | { side: 'abstain'; why: 'uncertain'; probability: number }
  | { side: 'abstain'; why: 'features' };

/** On which side of the model's threshold a person belongs. */
export function classify(model: Model, features: Features): Classification {
  const probability = probabilityOf(model, features);
  if (probability === undefined) return { side: 'abstain', why: 'features' };
  if (probability >= model.above) return { side: 'above', probability };
  return probability <= model.below ? { side: 'below', probability } : { side: 'abstain', why: 'uncertain', probability };
}

/** Calibrated probability that the person converts within the month; undefined when a feature of the model is missing. */
export function probabilityOf(
  { intercept, features: parts, calibration }: Pick<Model, 'intercept' | 'features' | 'calibration'>,
  features: Features,
): number | undefined {
  let logOdds = intercept;
  for (const { name, mean, scale, weight } of parts) {
    const value = features[name];
    if (value === undefined || !Number.isFinite(value)) return undefined;
    logOdds += (weight * (value - mean)) / scale;
  }
  return sigmoid(calibration.slope * logOdds + calibration.offset);
}
