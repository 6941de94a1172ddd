import type { Config } from '../../schemas/config.ts';
import type { ReportDataInput } from '../../schemas/report.ts';
import { thresholdsInForce, type ThresholdsRecord } from '../rules/thresholds.ts';
import type { Tally } from './tally.ts';

type Score = NonNullable<ReportDataInput['scores']>[number];

/** Bins that people are counted in are as wide as one point, and joined for the report. */
export const binOf = (score: number): string => String(Math.floor(score));
/** More bins than this cannot be distinguished in a plot or a table. */
const mostBins = 40;

/** @param scores [score, bin] */
export function scoreNumbers(config: Config, scores: Tally, thresholds: { current?: ThresholdsRecord | undefined; previous?: ThresholdsRecord | undefined }): Score[] {
  const [before, now] = [thresholds.previous, thresholds.current].map((record) => thresholdsInForce(config, record));
  return Object.keys(config.scores).map((score) => ({
    score,
    bins: bins([...scores.by(1, { 0: score })].map(([bin, people]) => [Number(bin), people])),
    thresholds: Object.entries(config.thresholds)
      .filter(([, threshold]) => threshold.score === score)
      .map(([threshold, { enter }]) => ({ threshold, before: before?.[threshold]?.enter ?? enter, now: now?.[threshold]?.enter ?? enter })),
  }));
}

function bins(counts: readonly [bin: number, people: number][]): Score['bins'] {
  const width = widthFor(Math.max(0, ...counts.map(([bin]) => bin + 1)));
  const joined = new Map<number, number>();
  for (const [bin, people] of counts) {
    const from = Math.floor(bin / width) * width;
    joined.set(from, (joined.get(from) ?? 0) + people);
  }
  return [...joined].sort(([a], [b]) => a - b).map(([from, people]) => ({ from, to: from + width, people }));
}

/** The smallest of 1, 2, 5, 10, 20, 50, ... that makes at most `mostBins` bins up to the highest score. */
function widthFor(highest: number): number {
  for (let power = 1; ; power *= 10) {
    const width = [1, 2, 5].map((step) => step * power).find((one) => highest <= one * mostBins);
    if (width !== undefined) return width;
  }
}
