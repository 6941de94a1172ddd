import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import type { Moment } from '../../lambdas/domain/profile/view.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import { separateHistories } from './histories.ts';
import { Ledger, rowTimesMs } from './ledger.ts';
import { Overlaps } from './overlaps.ts';
import { replay } from './replay.ts';
import { workflowCounts, type WorkflowCounts } from './workflow-runs.ts';

export interface RunOptions {
  plan: Plan;
  /** In order of time. */
  events: readonly DomainEvent[];
  /** Where the simulation ends; events after it are left out. */
  untilMs: number;
  /** Known id or anonymous id of somebody whose story is to be told. */
  userId?: string | undefined;
  onProgress?: (eventsDone: number) => void;
}

export interface Simulation {
  ledger: Ledger;
  overlaps: Overlaps;
  workflowCounts: WorkflowCounts;
  people: number;
  applied: number;
  duplicates: number;
  /** Events after the end. */
  later: number;
  /** The end, and the thresholds in force. */
  moment: Moment;
  /** What became of `userId`. */
  person?: { profile: Profile; story: { atMs: number; text: string }[] };
}

/** Replays all histories up to one instant, with the thresholds that the config starts with. */
export async function simulate({ plan, events, untilMs, userId, onProgress }: RunOptions): Promise<Simulation> {
  const within = events.filter(({ atMs }) => atMs <= untilMs);
  const startMs = within[0]?.atMs ?? untilMs;
  const thresholds = initialThresholds(plan.config);
  const ledger = new Ledger([...plan.segments.map(({ name }) => name), plan.config.fallback.name], rowTimesMs(startMs, untilMs));
  const overlaps = new Overlaps(plan);
  const counts = workflowCounts(plan.config);
  const wanted = userId === undefined ? [] : [`u#${userId}`, `a#${userId}`];
  const simulation: Simulation = {
    ...{ ledger, overlaps, workflowCounts: counts, people: 0, applied: 0, duplicates: 0, later: events.length - within.length },
    moment: { nowMs: untilMs, thresholds, thresholdsVersion: 0 },
  };

  let done = 0;
  for (const history of separateHistories(within)) {
    const moment: Moment = { nowMs: history[0]?.atMs ?? untilMs, thresholds, thresholdsVersion: 0 };
    const story: { atMs: number; text: string }[] = [];
    const isTold =
      wanted.length > 0 && history.some(({ userKey, anonymousKey }) => wanted.includes(userKey) || wanted.includes(anonymousKey ?? ''));
    const deps = {
      plan,
      ledger,
      workflowCounts: counts,
      ...(isTold && { tell: (atMs: number, text: string) => void story.push({ atMs, text }) }),
    };
    const { people, contacts, applied, duplicates } = await replay(deps, history, moment, untilMs);
    for (const { profile } of people) overlaps.add(profile, moment);
    simulation.people += people.length;
    simulation.applied += applied;
    simulation.duplicates += duplicates;
    const key = isTold ? wanted.find((candidate) => contacts.all.has(candidate)) : undefined;
    if (key !== undefined && simulation.person === undefined) simulation.person = { profile: contacts.owner(key).profile, story };
    done += history.length;
    onProgress?.(done);
  }
  return simulation;
}
