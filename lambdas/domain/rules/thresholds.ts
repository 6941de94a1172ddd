import type { Config } from '../../schemas/config.ts';
import type { Thresholds } from './compile.ts';
import type { Interval } from '../statistics/bootstrap.ts';

/** One version of the calibrated thresholds. A version never changes once it is made. */
export interface ThresholdsRecord {
  version: number;
  /** The month that it was made for, such as 2026-11; a month is calibrated once. */
  month: string;
  madeAtMs: number;
  values: Thresholds;
  changes: ThresholdChange[];
  /** The month whose outcomes it was judged by. */
  outcomeMonth?: string;
  /** People who were counted. */
  people?: number;
  /** How many people the change would have moved to another segment at `madeAtMs`. */
  moves?: SegmentMove[];
  /** The version whose values it has again; 0 stands for the config. */
  rolledBackTo?: number;
}

/** How many people another version moves from one segment to another. */
export interface SegmentMove {
  from: string;
  to: string;
  people: number;
}

export interface ThresholdChange {
  threshold: string;
  from: number;
  to: number;
  /** What the fit asked for, before any limit. */
  wanted?: number;
  /** How it was found: best expected profit, or the score that the target share reaches. */
  method?: 'profit' | 'target-share';
  /** Whose outcomes were fitted: people whom no campaign mails, or everybody, mailed or not. */
  basis?: 'holdout' | 'everybody';
  /** People with a score above zero that it was judged by. */
  sampleSize: number;
  /** Those of them who converted. */
  converted?: number;
  /** Share of them who were mailed within the month. */
  mailedShare?: number;
  /** Bootstrap interval of `wanted`, at 95%. */
  interval?: Interval;
  /** Stability index of the scores against the month before. */
  psi?: number;
  /** Share of people with a score above zero who are at or over the threshold, before and after. */
  shareBefore: number;
  shareAfter: number;
  decision: Decision;
}

/**
 * `moved` all the way; `step-limited`: as far as one month allows; `order-limited`: as far as other thresholds of the score allow.
 * The rest stay: `within-interval` since the data do not tell the old value from the wanted one, `frozen` since the scores have
 * drifted, `sample-too-small`, and `fixed` by the config.
 */
export type Decision = 'moved' | 'step-limited' | 'order-limited' | 'within-interval' | 'frozen' | 'sample-too-small' | 'fixed';

/** The values of the config, for as long as nothing has been calibrated. */
export function initialThresholds(config: Config): Thresholds {
  return Object.fromEntries(Object.entries(config.thresholds).map(([name, { enter, exit }]) => [name, { enter, exit }]));
}

/** The values in force: calibrated ones for thresholds that are in the config, else the config's. */
export function thresholdsInForce(config: Config, record: Pick<ThresholdsRecord, 'values'> | undefined): Thresholds {
  return { ...initialThresholds(config), ...Object.fromEntries(Object.entries(record?.values ?? {}).filter(([name]) => name in config.thresholds)) };
}
