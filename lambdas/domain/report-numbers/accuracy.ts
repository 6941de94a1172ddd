import type { Config } from '../../schemas/config.ts';
import type { ReportDataInput } from '../../schemas/report.ts';
import { outcomeOf } from '../profile/outcomes.ts';
import type { TrainingRecord } from '../classifier/training.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import { thresholdsInForce, type ThresholdsRecord } from '../rules/thresholds.ts';
import type { Period } from '../period.ts';
import type { Tally } from './tally.ts';

/** The rule that people's outcomes are compared with: a score of at least `enter` speaks for a conversion. */
export interface JudgedRule {
  score: string;
  enter: number;
}

/**
 * That of the first calibrated threshold, as it was in force within the month.
 * @returns undefined without one: nothing is kept of outcomes then; and for a month that has not begun
 */
export function judgedRule(config: Config, { fromMs, untilMs }: Period, { current, previous }: { current?: ThresholdsRecord | undefined; previous?: ThresholdsRecord | undefined }, nowMs: number): JudgedRule | undefined {
  const [name, threshold] = Object.entries(config.thresholds).find(([, { calibrate }]) => calibrate) ?? [];
  if (name === undefined || threshold === undefined || nowMs < fromMs) return undefined;
  const record = [current, previous].find((one) => one !== undefined && one.madeAtMs < untilMs);
  return { score: threshold.score, enter: thresholdsInForce(config, record)[name]?.enter ?? threshold.enter };
}

/** Places in the names of the tally of outcomes; both are `above` or `below`. */
export const outcomePlace = { outcome: 0, rule: 1 } as const;
const side = (isAbove: boolean): string => (isAbove ? 'above' : 'below');

/** Counts a person by two facts: whether they converted in the month, and on which side of the rule their score was when it began. */
export function addOutcome(tally: Tally, plan: Plan, profile: Profile, { fromMs }: Period, { score, enter }: JudgedRule): void {
  const outcome = outcomeOf(plan, profile, fromMs);
  if (outcome !== undefined) tally.add([side(outcome.converted > 0), side((outcome.scores[score] ?? 0) >= enter)]);
}

const outcomeClasses = [
  { name: 'above', title: 'Converts' },
  { name: 'below', title: 'Does not' },
];

const sideClasses = [
  { name: 'above', title: 'Above' },
  { name: 'below', title: 'Below' },
];

/** Accuracy of the rule and, where there is one, of the classifier. */
export function accuracyNumbers(outcomes: Tally, training: TrainingRecord | undefined): Pick<ReportDataInput, 'confusion'> {
  const cells = outcomeClasses.flatMap(({ name: row }) => outcomeClasses.map(({ name: column }) => ({ row, column, people: outcomes.get(row, column) })));
  const test = training?.result.kind === 'trained' ? training.result.evaluation : undefined;
  return {
    confusion: {
      ...(cells.some(({ people }) => people > 0) && { outcomeAgainstRule: { classes: outcomeClasses, cells } }),
      ...(test && {
        ambiguousAgainstRule: { classes: outcomeClasses, cells: test.outcomeAgainstRule },
        outcomeAgainstModel: { classes: outcomeClasses, cells: test.outcomeAgainstModel },
        ruleAgainstModel: { classes: sideClasses, cells: test.ruleAgainstModel },
      }),
    },
  };
}
