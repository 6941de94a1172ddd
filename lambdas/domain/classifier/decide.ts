import type { ClassifierConfig, Model } from '../../schemas/model.ts';
import { unitHash } from '../hash.ts';
import type { Plan } from '../plan/plan.ts';
import type { RuleView, Thresholds } from '../rules/compile.ts';
import { passesAtMs, scoreAt } from '../rules/score.ts';
import { assignSegment, type Assignment } from '../rules/segments.ts';
import { dayMs } from '../time.ts';
import { classify } from './classify.ts';
import { eventsKnown, featuresOf } from './features.ts';

/** Whether a rule, the model or the fallback decided on the segment; with the model's probability of a conversion where it was asked. */
export interface Decided extends Assignment {
  decidedBy: 'rule' | 'model' | 'fallback';
  probability?: number;
}

type DecisionPlan = Pick<Plan, 'config' | 'segments' | 'signal' | 'halfLifeMs'>;

export interface Ambiguity {
  /** The person is near the threshold, or has too few events. */
  isAmbiguous: boolean;
  /** A lower bound of the instant at which time alone could change that. */
  changesAtMs: number;
}

/**
 * Is a person ambiguous? Around the whole band from `exit` to `enter`, widened by the margin, so that it does not depend on which side
 * hysteresis keeps them; or in the fallback segment with few events.
 */
export function ambiguityOf(
  plan: DecisionPlan,
  { threshold, margin, minEvents }: ClassifierConfig,
  view: Pick<RuleView, 'scores' | 'signals'>,
  nowMs: number,
  thresholds: Thresholds,
  assigned: string,
): Ambiguity {
  const score = plan.config.thresholds[threshold]?.score;
  const level = thresholds[threshold];
  if (score === undefined || level === undefined) return { isAmbiguous: false, changesAtMs: Infinity };
  const [lower, upper] = [level.exit * (1 - margin), level.enter * (1 + margin)];
  const halfLifeMs = plan.halfLifeMs(score);
  const value = scoreAt(view.scores[score], nowMs, halfLifeMs);
  const changesAtMs = value < lower ? Infinity : passesAtMs(view.scores[score], value >= upper ? upper : lower, halfLifeMs);
  const isSparse = assigned === plan.config.fallback.name && eventsKnown(plan, view.signals) < minEvents;
  return { isAmbiguous: (value >= lower && value < upper) || isSparse, changesAtMs };
}

/** May a model decide: is the classifier on, and has a model that fits the config beaten the rule? */
export function mayDecide({ config: { classifier } }: Pick<Plan, 'config'>, model: Model | undefined): model is Model {
  return classifier?.mode === 'when-better' && model !== undefined && model.threshold === classifier.threshold;
}

/**
 * Lets the model decide on an ambiguous person: they get the segment that the rules give to somebody like them who is over the threshold,
 * or under it. Where these are the same, and where the model abstains, the rule's answer stands.
 *
 * The model looks at features that change all the time, so it is asked once a day: they are taken at the start of the person's own day,
 * which is spread over people by a hash lest all are due at one instant. So the answer depends on nothing but the profile and the day.
 * @param assigned what the rules say
 */
export function decideAmbiguous(
  plan: DecisionPlan,
  view: RuleView,
  { nowMs, thresholds, model }: { nowMs: number; thresholds: Thresholds; model?: Model | undefined },
  assigned: Assignment,
): Decided {
  const fallback = plan.config.fallback.name;
  const byRule: Decided = { ...assigned, decidedBy: assigned.segment === fallback ? 'fallback' : 'rule' };
  const { classifier } = plan.config;
  if (classifier === undefined || !mayDecide(plan, model)) return byRule;
  const { isAmbiguous, changesAtMs } = ambiguityOf(plan, classifier, view, nowMs, thresholds, assigned.segment);
  const untilMs = Math.min(assigned.changesAtMs, changesAtMs);
  if (!isAmbiguous) return { ...byRule, changesAtMs: untilMs };

  const others = view.thresholdsOn.filter((name) => name !== model.threshold);
  // A person whom the model puts above stays there while the score falls. The model is asked again at `untilMs` or at the start of the next day.
  const supposed = { ...thresholds, [model.threshold]: { enter: 0, exit: 0 } };
  const assignWith = (thresholdsOn: readonly string[]) => assignSegment(plan.segments, fallback, { ...view, thresholdsOn }, nowMs, supposed);
  const [above, below] = [assignWith([...others, model.threshold]), assignWith(others)];
  const sameUntilMs = Math.min(untilMs, above.changesAtMs, below.changesAtMs);
  if (above.segment === below.segment) return { ...byRule, changesAtMs: sameUntilMs };

  const dayStartMs = ownDayStartMs(view.userKey, nowMs);
  const answer = classify(model, featuresOf(plan, view, dayStartMs));
  const until = { changesAtMs: Math.min(sameUntilMs, dayStartMs + dayMs) };
  if (answer.side === 'abstain') return { ...byRule, ...until, ...(answer.why === 'uncertain' && { probability: answer.probability }) };
  return { segment: (answer.side === 'above' ? above : below).segment, ...until, decidedBy: 'model', probability: answer.probability };
}

/** The last start of the person's own day. Each person's day starts at a different hour of the UTC day. */
function ownDayStartMs(userKey: string, nowMs: number): number {
  const offsetMs = Math.floor(unitHash('classifier-day', userKey) * dayMs);
  return Math.floor((nowMs - offsetMs) / dayMs) * dayMs + offsetMs;
}
