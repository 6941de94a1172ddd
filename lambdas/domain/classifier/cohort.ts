import { isHeldOut } from '../campaigns/holdout.ts';
import { outcomeOf } from '../profile/outcomes.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import { monthOf } from '../period.ts';
import { assignSegment } from '../rules/segments.ts';
import { viewAt, type Moment } from '../profile/view.ts';
import { ambiguityOf } from './decide.ts';
import { beatsRule } from './evaluate.ts';
import { featuresOf } from './features.ts';
import type { Candidate, Sample } from './samples.ts';
import { trainClassifier, type Training } from './train.ts';
import type { TrainingRecord } from './training.ts';

/** Single precision is enough for features, which are small numbers, and takes half the space. */
const digits = 4;

/**
 * A person with their features as of now, to be joined with their outcome when the month is over.
 * @returns undefined for a person who is not ambiguous, and for a merged profile
 */
export function candidateOf(plan: Plan, profile: Profile, { nowMs, thresholds }: Pick<Moment, 'nowMs' | 'thresholds'>, monthMs: number): Candidate | undefined {
  const { classifier, fallback } = plan.config;
  if (classifier === undefined || profile.mergedInto !== undefined) return undefined;
  const view = viewAt(plan, profile, { nowMs, thresholds });
  const { segment } = assignSegment(plan.segments, fallback.name, view, nowMs, thresholds);
  if (!ambiguityOf(plan, classifier, view, nowMs, thresholds, segment).isAmbiguous) return undefined;
  const features = Object.entries(featuresOf(plan, view, nowMs)).map(([name, value]) => [name, Number(value.toPrecision(digits))] as const);
  return {
    userKey: profile.userKey,
    features: Object.fromEntries(features),
    threshold: classifier.threshold,
    ruleAbove: view.thresholdsOn.includes(classifier.threshold),
    conversionsBefore: outcomeOf(plan, profile, monthMs)?.converted ?? 0,
  };
}

/**
 * Candidates for the threshold of the config, with their outcomes. People whose profile was merged into another one meanwhile are left out,
 * and so are those whose outcome is not known.
 * @param monthMs the month in which they were candidates
 */
export function samplesOf(plan: Plan, candidates: readonly Candidate[], profiles: ReadonlyMap<string, Profile>, monthMs: number): Sample[] {
  // A deployment within the month may have changed the features. The larger group with equal features is used.
  const asked = candidates.filter(({ threshold }) => threshold === plan.config.classifier?.threshold);
  const alike = [...Map.groupBy(asked, ({ features }) => Object.keys(features).sort().join()).values()].sort((a, b) => b.length - a.length)[0] ?? [];
  return alike.flatMap(({ userKey, features, ruleAbove, conversionsBefore }) => {
    const profile = profiles.get(userKey);
    const outcome = profile === undefined || profile.mergedInto !== undefined ? undefined : outcomeOf(plan, profile, monthMs);
    return outcome === undefined ? [] : [{ userKey, ...(profile?.drawKey !== undefined && { drawKey: profile.drawKey }), features, ruleAbove, converted: outcome.converted > conversionsBefore }];
  });
}

/**
 * Trains on people who get no campaign mail when there are enough of them, since emails cause part of what the others do.
 * @param monthMs the month whose outcomes the samples hold
 */
export function trainOn(plan: Plan, threshold: string, samples: readonly Sample[], monthMs: number, made: { month: string; atMs: number }): TrainingRecord {
  const options = { month: monthOf(monthMs), threshold };
  const heldOut = samples.filter(({ userKey, drawKey = userKey }) => isHeldOut(drawKey, plan.config.holdout));
  const byHoldout = trainClassifier(heldOut, options);
  const [basis, used, training] = byHoldout.kind === 'trained' ? (['holdout', heldOut, byHoldout] as const) : (['everybody', samples, trainClassifier(samples, options)] as const);
  return {
    month: made.month,
    outcomeMonth: options.month,
    madeAtMs: made.atMs,
    threshold,
    basis,
    people: used.length,
    converted: used.filter(({ converted }) => converted).length,
    result: resultOf(training),
  };
}

function resultOf(training: Training): TrainingRecord['result'] {
  return training.kind === 'refused' ? training : { ...training, comparison: beatsRule(training.evaluation) };
}
