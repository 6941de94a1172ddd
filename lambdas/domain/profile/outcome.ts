/**
 * What became of a person in one UTC month, beside the scores with which they went into it. Scores are those of events before
 * the month, whenever these arrived: nothing that happened within the month, treatment included, is in them.
 */
export interface Outcome {
  /** First instant of the month. */
  monthMs: number;
  /** By name; only scores with a calibrated threshold, and none that is 0. */
  scores: Record<string, number>;
  /** Conversions that count. */
  converted: number;
  /** Sum of what they brought, whatever the currency. */
  revenue: number;
  /** Was an email sent to the person within the month? */
  mailed: boolean;
  /** Recording began within the month, so scores and counts are incomplete. */
  isPartial?: true;
}
