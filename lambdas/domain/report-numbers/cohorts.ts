import type { Config } from '../../schemas/config.ts';
import type { ReportData, ReportDataInput } from '../../schemas/report.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import { scoreAt } from '../rules/score.ts';
import { Cohorts } from '../statistics/cohorts.ts';
import { monthOf, monthsBefore, previousMonth, type Period } from '../period.ts';
import type { SegmentChange } from './segment-changes.ts';

/** Cohorts that are shown; older ones are left out. */
const mostCohorts = 12;
const oldestCohort = (month: string): string => monthsBefore(month, mostCohorts - 1);

/** Scores by cohort, for each score; those of parts of the people add up. */
export class ScoreCohorts {
  readonly #byScore = new Map<string, Cohorts>();

  of(score: string): Cohorts {
    let cohorts = this.#byScore.get(score);
    if (cohorts === undefined) this.#byScore.set(score, (cohorts = new Cohorts()));
    return cohorts;
  }

  merge(other: ScoreCohorts): void {
    for (const [score, cohorts] of other.#byScore) this.of(score).merge(cohorts);
  }
}

/** Counts what a person's scores are now in the cohort of the month in which they were first seen. */
export function addToCohort(cohorts: ScoreCohorts, plan: Plan, profile: Profile, changes: readonly SegmentChange[], { month }: Period, nowMs: number): void {
  // Those of whom only web keys speak are deleted after a while, and what is left would look better than it is.
  if (profile.onlyByWeb) return;
  const seenAtMs = firstSeenAtMs(profile, changes);
  if (!Number.isFinite(seenAtMs)) return;
  const cohort = monthOf(seenAtMs);
  if (cohort < oldestCohort(month) || cohort > month) return;
  for (const score of Object.keys(plan.config.scores)) cohorts.of(score).add(cohort, month, scoreAt(profile.scores[score], nowMs, plan.halfLifeMs(score)));
}

/** When the person was first seen; not finite when that is unknown. */
function firstSeenAtMs({ signals, segment }: Profile, [first]: readonly SegmentChange[]): number {
  // Changes are kept for 400 days; somebody whose first one is gone was there before.
  if (first === undefined ? segment !== undefined : first.from !== null) return -Infinity;
  return Math.min(first?.atMs ?? Infinity, ...Object.values(signals).map(({ firstAtMs }) => firstAtMs));
}

/**
 * How scores develop by cohort. Profiles keep no past, so the rows of earlier months are those that the report of the month before has; and a
 * report that is made anew much later has none of its own.
 */
export function cohortNumbers({ scores }: Pick<Config, 'scores'>, { month }: Period, cohorts: ScoreCohorts, madeAtMs: number, before: ReportData | undefined): NonNullable<ReportDataInput['cohorts']> {
  const isOfItsTime = month === monthOf(madeAtMs) || month === previousMonth(madeAtMs);
  return Object.keys(scores).flatMap((score) => {
    const earlier = before?.cohorts.find((one) => one.score === score)?.rows ?? [];
    const rows = [...earlier.filter(({ cohort }) => cohort >= oldestCohort(month)), ...(isOfItsTime ? cohorts.of(score).rows() : [])];
    const inOrder = rows.sort((a, b) => (`${a.cohort} ${a.month}` < `${b.cohort} ${b.month}` ? -1 : 1));
    return inOrder.length === 0 ? [] : [{ score, rows: inOrder }];
  });
}
