import { drawKeyOf } from '../profile/draw.ts';
import { isHeldOut } from '../campaigns/holdout.ts';
import { outcomeOf } from '../profile/outcomes.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import { scoreAt } from '../rules/score.ts';
import { ScoreSketch, type PackedSketch } from '../statistics/sketch.ts';

/** People by their score at the start of a month, and whether they converted within it. */
export interface OutcomeSketch {
  sketch: ScoreSketch;
  /** How many people with a score were mailed within the month. */
  mailed: number;
}

export interface ScoreMeasure {
  /** Scores at the moment of the calibration. */
  now: ScoreSketch;
  everybody: OutcomeSketch;
  /** Of these, the people whom no campaign mails. */
  holdout: OutcomeSketch;
}

/** Everything that calibration needs to know about the people. Measures of subsets add up to the measure of all, in any order. */
export interface Measure {
  people: number;
  /** People of whom the month's outcome is not known. */
  withoutOutcome: number;
  scores: Record<string, ScoreMeasure>;
}

/** What is measured: scores at an instant, and outcomes of a month. */
export interface MeasuredAt {
  nowMs: number;
  monthMs: number;
}

export const noMeasure = (plan: Plan): Measure => ({
  people: 0,
  withoutOutcome: 0,
  scores: Object.fromEntries(
    plan.calibratedScores.map((name) => [name, { now: new ScoreSketch(), everybody: { sketch: new ScoreSketch(), mailed: 0 }, holdout: { sketch: new ScoreSketch(), mailed: 0 } }]),
  ),
});

/** Adds one person. A merged profile is skipped: it is counted with the profile that absorbed it. */
export function measureProfile(measure: Measure, plan: Plan, profile: Profile, { nowMs, monthMs }: MeasuredAt): void {
  if (profile.mergedInto !== undefined) return;
  measure.people += 1;
  const outcome = outcomeOf(plan, profile, monthMs);
  if (outcome === undefined) measure.withoutOutcome += 1;
  const isControl = isHeldOut(drawKeyOf(profile), plan.config.holdout);
  for (const [name, { now, everybody, holdout }] of Object.entries(measure.scores)) {
    now.add(scoreAt(profile.scores[name], nowMs, plan.halfLifeMs(name)));
    if (outcome === undefined) continue;
    const score = outcome.scores[name] ?? 0;
    for (const group of isControl ? [everybody, holdout] : [everybody]) {
      group.sketch.add(score, outcome.converted > 0);
      if (outcome.mailed && score > 0) group.mailed += 1;
    }
  }
}

export function mergeMeasures(into: Measure, other: Measure): void {
  into.people += other.people;
  into.withoutOutcome += other.withoutOutcome;
  for (const [name, scores] of Object.entries(into.scores)) {
    const others = other.scores[name];
    if (others === undefined) continue;
    scores.now.merge(others.now);
    for (const group of ['everybody', 'holdout'] as const) {
      scores[group].sketch.merge(others[group].sketch);
      scores[group].mailed += others[group].mailed;
    }
  }
}

type PackedOutcomes = { sketch: PackedSketch; mailed: number };

/** A measure as plain JSON. */
export interface PackedMeasure extends Omit<Measure, 'scores'> {
  scores: Record<string, { now: PackedSketch; everybody: PackedOutcomes; holdout: PackedOutcomes }>;
}

export function packMeasure({ scores, ...counts }: Measure): PackedMeasure {
  const packOutcomes = ({ sketch, mailed }: OutcomeSketch) => ({ sketch: sketch.pack(), mailed });
  const packed = Object.entries(scores).map(([name, { now, everybody, holdout }]) => [name, { now: now.pack(), everybody: packOutcomes(everybody), holdout: packOutcomes(holdout) }]);
  return { ...counts, scores: Object.fromEntries(packed) };
}

export function unpackMeasure({ scores, ...counts }: PackedMeasure): Measure {
  const unpackOutcomes = ({ sketch, mailed }: PackedOutcomes) => ({ sketch: ScoreSketch.unpack(sketch), mailed });
  const unpacked = Object.entries(scores).map(([name, { now, everybody, holdout }]) => [
    name,
    { now: ScoreSketch.unpack(now), everybody: unpackOutcomes(everybody), holdout: unpackOutcomes(holdout) },
  ]);
  return { ...counts, scores: Object.fromEntries(unpacked) };
}
