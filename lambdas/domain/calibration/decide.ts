import type { Config, ThresholdConfig } from '../../schemas/config.ts';
import type { Thresholds } from '../rules/compile.ts';
import { bootstrapInterval } from '../statistics/bootstrap.ts';
import { quantileOf, shareOver, type Cell } from '../statistics/sketch.ts';
import type { Decision, ThresholdChange } from '../rules/thresholds.ts';
import { driftBetween } from './drift.ts';
import type { Measure, ScoreMeasure } from './measure.ts';
import { mostProfitable } from './profit.ts';
import { keepOrder } from './tiers.ts';

export interface Decided {
  values: Thresholds;
  changes: ThresholdChange[];
}

/**
 * Where each threshold goes, and why. A threshold only moves when enough people are known, when their scores have not drifted, when the
 * data tell the new value from the old one, and never further than a step, nor past another threshold of its score.
 * @param earlier the measure of the month before
 * @param random in [0, 1), for the intervals
 */
export function decide(config: Config, current: Thresholds, measure: Measure, earlier: Measure | undefined, random: () => number): Decided {
  const judged = Object.entries(config.thresholds).map(([name, threshold]) => {
    const { score, enter } = threshold;
    const from = current[name]?.enter ?? enter;
    const scores = measure.scores[score];
    if (!threshold.calibrate || !scores) return { threshold: name, from, to: from, sampleSize: 0, decision: 'fixed' as const };
    return { threshold: name, ...judge(from, threshold.calibrate, scores, earlier?.scores[score], random) };
  });
  const changes = keepOrder(
    config,
    judged.map((change) => ({ ...change, shareBefore: 0, shareAfter: 0 })),
  ).map((change) => withShares(change, measure.scores[config.thresholds[change.threshold]?.score ?? '']?.now.cells() ?? []));
  const values = changes.map(({ threshold: name, from, to }) => {
    const { exit } = current[name] ?? (config.thresholds[name] as ThresholdConfig);
    // Hysteresis keeps its width in proportion.
    return [name, { enter: to, exit: to === from ? exit : (exit * to) / from }];
  });
  return { values: Object.fromEntries(values), changes };
}

type Rule = NonNullable<ThresholdConfig['calibrate']>;
type Judged = Omit<ThresholdChange, 'threshold' | 'shareBefore' | 'shareAfter'>;

const withShares = (change: ThresholdChange, cells: readonly Cell[]): ThresholdChange => ({
  ...change,
  shareBefore: shareOver(cells, change.from),
  shareAfter: shareOver(cells, change.to),
});

function judge(from: number, rule: Rule, scores: ScoreMeasure, earlier: ScoreMeasure | undefined, random: () => number): Judged {
  const { facts, counts, find } = evidenceFor(rule, scores);
  if (facts.sampleSize < rule.minSample) return { from, to: from, ...facts, decision: 'sample-too-small' };
  const wanted = find(counts);
  const interval = bootstrapInterval(counts, find, random);
  const psi = earlier && driftBetween(earlier.now.cells(), scores.now.cells());
  const reasons = { ...facts, wanted, interval, ...(psi !== undefined && { psi }) };
  const stay = (decision: Decision): Judged => ({ from, to: from, ...reasons, decision });
  if (psi !== undefined && psi > rule.psiFreeze) return stay('frozen');
  if (interval.low <= from && from <= interval.high) return stay('within-interval');
  const to = Math.min(Math.max(wanted, from * (1 - rule.maxStep)), from * (1 + rule.maxStep));
  return { from, to, ...reasons, decision: to === wanted ? 'moved' : 'step-limited' };
}

/** The data that a threshold is fitted on, in a form that the bootstrap can resample. */
interface Evidence {
  facts: Pick<ThresholdChange, 'method' | 'basis' | 'converted' | 'mailedShare'> & { sampleSize: number };
  counts: number[];
  find(counts: readonly number[]): number;
}

function evidenceFor(rule: Rule, { now, everybody, holdout }: ScoreMeasure): Evidence {
  const { profit } = rule;
  // People who get no mail show what happens without emails; part of the others' conversions is caused by the emails.
  const basis = holdout.sketch.people >= rule.minSample ? 'holdout' : 'everybody';
  const { sketch, mailed } = basis === 'holdout' ? holdout : everybody;
  const [people, converted] = [sketch.people, sketch.converted];
  if (profit && people >= rule.minSample && converted >= rule.minEvents) {
    const cells = sketch.cells();
    return {
      facts: { method: 'profit', basis, sampleSize: people, converted, mailedShare: mailed / people },
      counts: cells.flatMap((cell) => [cell.converted, cell.people - cell.converted]),
      find: (counts) => mostProfitable(pairedCells(cells, counts), profit),
    };
  }
  const cells = now.cells();
  return {
    facts: { method: 'target-share', sampleSize: now.people, ...(profit && { basis, converted }) },
    counts: cells.map((cell) => cell.people),
    find: (counts) => quantileOf(occupied(cells.map((cell, index) => ({ ...cell, people: counts[index] as number })), cells), 1 - rule.targetShare),
  };
}

function pairedCells(cells: readonly Cell[], counts: readonly number[]): Cell[] {
  const drawn = cells.map((cell, index) => {
    const [converted, rest] = [counts[2 * index] as number, counts[2 * index + 1] as number];
    return { ...cell, converted, people: converted + rest };
  });
  return occupied(drawn, cells);
}

/** A resample may leave a cell empty. If all cells are empty, the original data are used. */
function occupied(drawn: readonly Cell[], original: readonly Cell[]): Cell[] {
  const some = drawn.filter(({ people }) => people > 0);
  return some.length > 0 ? some : [...original];
}
