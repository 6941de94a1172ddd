import * as z from 'zod/mini';

const finite = z.number();
const probability = z.number().check(z.gte(0), z.lte(1));

/**
 * A trained classifier: all that a function needs to decide, a kilobyte or two of JSON. It says how probable it is that a person converts
 * within the month, for people of whom the rule's answer about one threshold is uncertain.
 */
export const modelSchema = z.strictObject({
  /** The month whose outcomes it was trained on, such as 2026-11. */
  month: z.string().check(z.regex(/^\d{4}-\d{2}$/)),
  /** The threshold whose answer it replaces. */
  threshold: z.string(),
  intercept: finite,
  /** A feature counts as weight * (value - mean) / scale. */
  features: z.array(z.strictObject({ name: z.string(), mean: finite, scale: z.number().check(z.positive()), weight: finite })),
  /** Platt's calibration: the log odds are slope * (intercept + features) + offset. */
  calibration: z.strictObject({ slope: finite, offset: finite }),
  /** From `above` on the person counts as over the threshold, up to `below` as under it; between them the rule decides. */
  above: probability,
  below: probability,
});

export type Model = z.infer<typeof modelSchema>;

const share = z.number().check(z.gt(0), z.lt(1));

/** The part `classifier` of the config. */
export const classifierSchema = z.strictObject({
  /**
   * `off`: rules decide alone. `watch`: a model is trained each month, the report shows how it would have done, and rules still decide alone.
   * `when-better`: it decides on ambiguous people in each month whose training beat the rule on people whom it had not seen.
   */
  mode: z._default(z.enum(['off', 'watch', 'when-better']), 'off'),
  /** The threshold near which people are ambiguous; one with `calibrate`, for which outcomes are kept. */
  threshold: z.string(),
  /** How near, relative to the threshold: with 0.2, from a fifth below where people drop out to a fifth above where they come in. */
  margin: z._default(share, 0.2),
  /** People of the fallback segment with fewer events are ambiguous too. */
  minEvents: z._default(z.int().check(z.positive()), 5),
});

export type ClassifierConfig = z.infer<typeof classifierSchema>;
