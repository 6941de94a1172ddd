import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import type { Moment } from '../../lambdas/domain/profile/view.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import { addCounts } from './add-counts.ts';
import type { Crew } from './crew.ts';
import { separateHistories, sharesOf, type Input } from './histories.ts';
import { emptyLedger, type Ledger } from './ledger.ts';
import { Overlaps } from './overlaps.ts';
import type { Outcome } from './run.ts';
import { workflowCounts } from './workflow-runs.ts';

export interface Simulation extends Omit<Outcome, 'ledger' | 'overlaps'> {
  ledger: Ledger;
  overlaps: Overlaps;
  /** Events after the end. */
  later: number;
  /** The end, and the thresholds in force. */
  moment: Moment;
}

export interface SimulateOptions {
  plan: Plan;
  input: Input;
  crew: Crew;
  /** Where the simulation ends; events after it are left out. */
  untilMs?: number | undefined;
  /** Known id or anonymous id of somebody whose story is to be told. */
  userId?: string | undefined;
  /** Folder of the state machines; that of the example when left out. */
  definitionFolder?: string | undefined;
  onEvents?: (count: number) => void;
}

/** Replays all histories up to one instant. Who of the crew replays whom does not show in the result. */
export async function simulate({ plan, input, crew, untilMs = input.lastAtMs, userId, definitionFolder, onEvents }: SimulateOptions): Promise<Simulation> {
  const startMs = input.firstAtMs;
  const { ofId, ...histories } = separateHistories(input, untilMs);
  const toldHistory = userId === undefined ? undefined : ofId(userId);
  const told = userId === undefined || toldHistory === undefined ? undefined : { history: toldHistory, id: userId };
  const tasks = sharesOf(histories, crew.size).map((share) => ({ events: input.events, histories, share, startMs, untilMs, definitionFolder, told }));
  const outcomes = await crew.replay(tasks, onEvents);
  const simulation: Simulation = {
    ledger: emptyLedger(plan, startMs, untilMs),
    overlaps: new Overlaps(plan),
    workflowCounts: workflowCounts(plan.config),
    people: 0,
    applied: 0,
    duplicates: 0,
    later: input.count - histories.places.length,
    moment: { nowMs: untilMs, thresholds: initialThresholds(plan.config), thresholdsVersion: 0 },
  };
  for (const { ledger, overlaps, workflowCounts: counts, people, applied, duplicates, person } of outcomes) {
    simulation.ledger.add(ledger);
    simulation.overlaps.addCounts(overlaps);
    addCounts(simulation.workflowCounts, counts);
    simulation.people += people;
    simulation.applied += applied;
    simulation.duplicates += duplicates;
    if (person) simulation.person = person;
  }
  return simulation;
}
