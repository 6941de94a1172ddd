import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import { explain, type Explanation } from './explain.ts';
import type { Ledger, TransitionCount } from './ledger.ts';
import type { Input } from './histories.ts';
import type { Simulation } from './simulate.ts';
import type { CampaignCounts, StepCounts } from './workflow-runs.ts';

/** What a simulation found; `--json` prints it as it is. Times are ISO 8601, UTC. */
export interface Report {
  from: string;
  at: string;
  people: number;
  events: { read: number; applied: number; duplicates: number; catalogue: number; afterTheEnd: number; refused: Input['refused'] };
  sizes: { at: string; people: number; segments: Record<string, number> }[];
  transitions: TransitionCount[];
  /** People who meet the rules of both segments at the end, before the order decides. */
  overlaps: Record<string, Record<string, number>>;
  warnings: string[];
  workflows: Record<string, CampaignCounts>;
  emails: Record<string, Record<string, StepCounts>>;
  person?: Explanation & { story: { at: string; text: string }[] };
}

export function makeReport(plan: Plan, input: Input, simulation: Simulation): Report {
  const { moment, ledger, workflowCounts, person: told } = simulation;
  const overlapping = simulation.overlaps.table();
  return {
    from: isoTime(input.firstAtMs),
    at: isoTime(moment.nowMs),
    people: simulation.people,
    events: {
      read: input.count + input.catalogue,
      applied: simulation.applied,
      duplicates: simulation.duplicates,
      catalogue: input.catalogue,
      afterTheEnd: simulation.later,
      refused: input.refused,
    },
    sizes: ledger.rows().map(({ atMs, people, sizes }) => ({ at: isoTime(atMs), people, segments: sizes })),
    transitions: ledger.transitions(),
    overlaps: overlapping,
    warnings: warnings(plan, ledger, overlapping),
    workflows: inOrder(workflowCounts.campaigns, ({ stopped, ...counts }) => ({ ...counts, stopped: sorted(stopped) })),
    emails: inOrder(workflowCounts.steps, (steps) => inOrder(steps, ({ sent, skipped }) => ({ sent, skipped: sorted(skipped) }))),
    ...(told && {
      person: { ...explain(plan, told.profile, moment), story: told.story.map(({ atMs, text }) => ({ at: isoTime(atMs), text })) },
    }),
  };
}

function warnings(plan: Plan, ledger: Ledger, overlapping: Report['overlaps']): string[] {
  return [...unreached(plan, ledger, overlapping), ...overlapWarnings(plan, overlapping)];
}

/** The order decides for these people; whoever wrote the rules may have thought that they exclude each other. */
function overlapWarnings({ segments }: Plan, overlapping: Report['overlaps']): string[] {
  return segments.flatMap(({ name }, place) =>
    segments.slice(place + 1).flatMap(({ name: later }) => {
      const both = overlapping[name]?.[later] ?? 0;
      return both === 0 ? [] : [`${both} meet the rules of ${name} and ${later} at the end; ${name} stands before ${later}`];
    }),
  );
}

function unreached(plan: Plan, ledger: Ledger, overlapping: Report['overlaps']): string[] {
  return plan.segments
    .filter(({ name }) => !ledger.wasReached(name))
    .map(({ name }) => {
      const met = overlapping[name]?.[name] ?? 0;
      return met === 0
        ? `nobody was ever in ${name}, and nobody meets its rule at the end`
        : `nobody was ever in ${name}: ${met} meet its rule at the end, and segments before it take them all`;
    });
}

const isoTime = (atMs: number): string => new Date(atMs).toISOString();

const inOrder = <T, R>(record: Record<string, T>, map: (value: T) => R): Record<string, R> => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

/** By name, so that the order in which people are replayed does not show. */
const sorted = <T extends object>(record: T): T => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))) as T;
