import type { Config, ThresholdConfig } from '../schemas/config.ts';
import type { Thresholds } from './rules.ts';

/** One version of the calibrated thresholds. */
export interface ThresholdsRecord {
  version: number;
  /** The month that it was made for, such as 2026-11; a month is calibrated once. */
  month: string;
  madeAtMs: number;
  values: Thresholds;
  changes: ThresholdChange[];
}

export interface ThresholdChange {
  threshold: string;
  from: number;
  to: number;
  /** How many scores above zero it was judged by. */
  sampleSize: number;
  /** Share of them at or over the threshold, before and after. */
  shareBefore: number;
  shareAfter: number;
  decision: 'moved' | 'step-limited' | 'sample-too-small' | 'fixed';
}

/** The values of the config, for as long as nothing has been calibrated. */
export function initialThresholds(config: Config): Thresholds {
  return Object.fromEntries(Object.entries(config.thresholds).map(([name, { enter, exit }]) => [name, { enter, exit }]));
}

/** The values in force: calibrated ones for thresholds that are in the config, else the config's. */
export function thresholdsInForce(config: Config, record: ThresholdsRecord | undefined): Thresholds {
  return { ...initialThresholds(config), ...Object.fromEntries(Object.entries(record?.values ?? {}).filter(([name]) => name in config.thresholds)) };
}

/**
 * Moves each threshold towards the score that the target share of people reach.
 * @param scores the scores above zero, by name of the score, in any order
 */
export function calibrate(config: Config, current: Thresholds, scores: Record<string, readonly number[]>): { values: Thresholds; changes: ThresholdChange[] } {
  const changes = Object.entries(config.thresholds).map(([name, threshold]) =>
    calibrateOne(name, threshold, current[name]?.enter ?? threshold.enter, scores[threshold.score] ?? []),
  );
  const values = Object.fromEntries(
    changes.map(({ threshold: name, from, to }) => {
      const { exit } = current[name] ?? (config.thresholds[name] as ThresholdConfig);
      // Hysteresis keeps its width in proportion.
      return [name, { enter: to, exit: to === from ? exit : (exit * to) / from }];
    }),
  );
  return { values, changes };
}

function calibrateOne(threshold: string, { calibrate: rule }: ThresholdConfig, from: number, scores: readonly number[]): ThresholdChange {
  const shareOver = (level: number) => (scores.length === 0 ? 0 : scores.filter((score) => score >= level).length / scores.length);
  const result = (to: number, decision: ThresholdChange['decision']): ThresholdChange => ({
    threshold,
    from,
    to,
    sampleSize: scores.length,
    shareBefore: shareOver(from),
    shareAfter: shareOver(to),
    decision,
  });
  if (rule === undefined) return result(from, 'fixed');
  if (scores.length < rule.minSample) return result(from, 'sample-too-small');
  const wanted = quantile(scores, 1 - rule.targetShare);
  const to = Math.min(Math.max(wanted, from * (1 - rule.maxStep)), from * (1 + rule.maxStep));
  return result(to, to === wanted ? 'moved' : 'step-limited');
}

/**
 * Quantile by linear interpolation between order statistics: type 7 of Hyndman and Fan, "Sample Quantiles in
 * Statistical Packages", The American Statistician 50 (1996), the default of R and NumPy.
 * @param p in [0, 1]
 */
export function quantile(values: readonly number[], p: number): number {
  if (values.length === 0) throw new RangeError('quantile of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * p;
  const lower = Math.floor(position);
  const [a, b] = [sorted[lower] as number, sorted[Math.min(lower + 1, sorted.length - 1)] as number];
  return a + (b - a) * (position - lower);
}
