import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import { isTrue } from '../rules/compile.ts';
import { scoreAt } from '../rules/score.ts';
import { viewOf, type Moment } from '../profile/view.ts';
import { addOutcome, type JudgedRule } from './accuracy.ts';
import { addBuyer } from './buyers.ts';
import { addDecider } from './classifier.ts';
import { addToCohort, ScoreCohorts } from './cohorts.ts';
import { addConversions, type ConversionRecord } from './conversions.ts';
import type { Period } from '../period.ts';
import { binOf } from './scores.ts';
import { absent, changesByInstant, segmentAt, type SegmentChange } from './segment-changes.ts';
import { addAnswers, type AnswerRecord } from './surveys.ts';
import { Tally } from './tally.ts';
import { addWorkflows, type WorkflowRecord } from './workflows.ts';

/** One person, and what is recorded of them, oldest first. */
export interface PersonRecords {
  profile: Profile;
  transitions: readonly SegmentChange[];
  conversions: readonly ConversionRecord[];
  workflows: readonly WorkflowRecord[];
  answers: readonly AnswerRecord[];
}

/** What people are counted under. */
export interface Frame {
  plan: Plan;
  period: Period;
  moment: Pick<Moment, 'nowMs' | 'thresholds'>;
  /** Left out when no outcome is known that could show whether the rule was right. */
  rule?: JudgedRule | undefined;
}

/** What is counted of everybody; each of these can be made of parts of the people and merged. */
export interface PeopleSums {
  /** [segment at the start, segment at the end]; people who were not there at the start come from `absent`. */
  segments: Tally;
  /** [score, bin]: scores above zero now. */
  scores: Tally;
  /** [places of all segments whose rules hold now, before their order decides], such as `0,2`. */
  overlaps: Tally;
  /** See `conversionPlace`. */
  conversions: Tally;
  /** See `answerPlace`. */
  answers: Tally;
  /** See `buyerPlace`. */
  buyers: Tally;
  cohorts: ScoreCohorts;
  /** See `outcomePlace`. */
  outcomes: Tally;
  /** See `workflowPlace`. */
  workflows: Tally;
  /** [who decided on the segment]. */
  deciders: Tally;
}

export const noPeople = (): PeopleSums => ({
  segments: new Tally(),
  scores: new Tally(),
  overlaps: new Tally(),
  conversions: new Tally(),
  answers: new Tally(),
  buyers: new Tally(),
  cohorts: new ScoreCohorts(),
  outcomes: new Tally(),
  workflows: new Tally(),
  deciders: new Tally(),
});

/** Adds what was counted of other people. */
export function mergePeople(into: PeopleSums, { cohorts, ...tallies }: PeopleSums): void {
  into.cohorts.merge(cohorts);
  for (const name of Object.keys(tallies) as (keyof typeof tallies)[]) into[name].merge(tallies[name]);
}

export function addPerson(sums: PeopleSums, { profile, transitions, conversions, workflows, answers }: PersonRecords, { plan, period, moment, rule }: Frame): void {
  const changes = changesByInstant(transitions);
  const atEnd = segmentAt(profile, changes, period.untilMs - 1);
  if (atEnd !== absent) sums.segments.add([segmentAt(profile, changes, period.fromMs - 1), atEnd]);
  for (const [score, state] of Object.entries(profile.scores)) {
    const value = scoreAt(state, moment.nowMs, plan.halfLifeMs(score));
    if (value > 0) sums.scores.add([score, binOf(value)]);
  }
  const view = viewOf(plan, profile);
  const holding = plan.segments.flatMap(({ condition }, place) => (isTrue(condition(view, moment.nowMs, moment.thresholds)) ? [place] : []));
  if (profile.segment !== undefined) sums.overlaps.add([holding.join(',')]);
  addDecider(sums.deciders, plan.config, profile);
  addConversions(sums.conversions, conversions, period);
  addWorkflows(sums.workflows, workflows, period);
  addAnswers(sums.answers, answers, period);
  addBuyer(sums.buyers, conversions, plan.config, moment.nowMs);
  addToCohort(sums.cohorts, plan, profile, changes, period, moment.nowMs);
  // A person who was first seen after the month has no outcome in it.
  if (rule !== undefined && atEnd !== absent) addOutcome(sums.outcomes, plan, profile, period, rule);
}
