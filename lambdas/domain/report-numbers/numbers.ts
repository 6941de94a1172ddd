import type { Config } from '../../schemas/config.ts';
import type { ReportData, ReportDataInput } from '../../schemas/report.ts';
import type { TrainingRecord } from '../classifier/training.ts';
import type { ThresholdsRecord } from '../rules/thresholds.ts';
import { accuracyNumbers } from './accuracy.ts';
import { buyerNumbers } from './buyers.ts';
import { calibrationNumbers } from './calibration.ts';
import { campaignNumbers, type Skipped } from './campaigns.ts';
import { classifierNumbers } from './classifier.ts';
import { cohortNumbers } from './cohorts.ts';
import { conversionNumbers, currencyOf, lateConversions } from './conversions.ts';
import { dayNumbers } from './days.ts';
import { earlierNumbers, wholeReport } from './earlier.ts';
import { experimentNumbers } from './experiments.ts';
import type { PeopleSums } from './people.ts';
import type { Period } from '../period.ts';
import { scoreNumbers } from './scores.ts';
import { segmentNumbers } from './segments.ts';
import { surveyNumbers } from './surveys.ts';
import type { Tally } from './tally.ts';

/** All sums of a month. */
export interface Sums {
  people: PeopleSums;
  emails: Tally;
  credits: Tally;
  arms: Tally;
}

/** What is counted elsewhere. */
export interface Context {
  madeAtMs: number;
  skipped: readonly Skipped[];
  deadLetters: { unreadable: number; failed: number };
  /** The thresholds in force, those before them, and those that wait for approval; none when nothing was calibrated. */
  thresholds: { current?: ThresholdsRecord | undefined; previous?: ThresholdsRecord | undefined; proposal?: ThresholdsRecord | undefined };
  /** The newest training of the classifier. */
  training?: TrainingRecord | undefined;
  /** The report of the month before, as far as it was kept. */
  before?: ReportData | undefined;
}

/** Everything in the report of a month: the page is drawn from it, and it is the JSON file next to the page. */
export function reportNumbers(config: Config, period: Period, { people, ...results }: Sums, { madeAtMs, skipped, deadLetters: letters, thresholds, ...context }: Context): ReportDataInput {
  const { conversions } = people;
  const currency = currencyOf(conversions);
  const before = wholeReport(context.before, period);
  const calibration = calibrationNumbers(thresholds.current, thresholds.proposal);
  const classifier = classifierNumbers(config, context.training, people.deciders);
  return {
    month: period.month,
    generatedAtMs: madeAtMs,
    brand: config.sender.name,
    ...(currency !== undefined && { currency }),
    // A month that is not over has lower numbers than the month before, so the two are not compared.
    ...(before && madeAtMs >= period.untilMs && { previous: earlierNumbers(before, { currency }) }),
    ...segmentNumbers(config, people),
    campaigns: campaignNumbers(config, { ...results, workflows: people.workflows }, skipped),
    conversions: conversionNumbers(conversions),
    days: dayNumbers(period, madeAtMs, { conversions, ...results }),
    scores: scoreNumbers(config, people.scores, thresholds),
    ...accuracyNumbers(people.outcomes, context.training),
    ...(classifier && { classifier }),
    experiments: experimentNumbers(config, results.arms),
    cohorts: cohortNumbers(config, period, people.cohorts, madeAtMs, before),
    rfm: buyerNumbers(people.buyers),
    surveys: surveyNumbers(config, people.answers),
    ...(calibration && { calibration }),
    quality: { lateConversions: lateConversions(conversions), deadLetters: letters },
  };
}
