import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import type { Profile } from '../../lambdas/domain/profile/profile.ts';
import type { Moment } from '../../lambdas/domain/profile/view.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import { EventReader, type Events } from './event-texts.ts';
import { inOrderOfTime, type Histories } from './histories.ts';
import { emptyLedger, type LedgerCounts } from './ledger.ts';
import { Overlaps } from './overlaps.ts';
import { replay } from './replay.ts';
import { oneTurn } from './turn.ts';
import { workflowCounts, type WorkflowCounts } from './workflow-runs.ts';

/** What to replay; all of it can be sent to another thread. */
export interface Task {
  events: Events;
  histories: Pick<Histories, 'places' | 'starts'>;
  /** Numbers of the histories. */
  share: Uint32Array;
  startMs: number;
  /** Where the simulation ends; the histories hold no event after it. */
  untilMs: number;
  /** Folder of the state machines; that of the example when left out. */
  definitionFolder?: string | undefined;
  /** Somebody whose story is to be told: the number of the history, and the id. */
  told?: { history: number; id: string } | undefined;
}

/** What the replay of some histories gave. Only counts, so that those of several shares add up to the same in any order. */
export interface Outcome {
  ledger: LedgerCounts;
  overlaps: number[][];
  workflowCounts: WorkflowCounts;
  people: number;
  applied: number;
  duplicates: number;
  person?: { profile: Profile; story: { atMs: number; text: string }[] };
}

const historiesPerProgress = 100;

/** Replays a share of the histories up to one instant, with the thresholds that the config starts with. */
export async function replayShare(
  plan: Plan,
  { events, histories, share, startMs, untilMs, definitionFolder, told }: Task,
  onProgress: (events: number) => void = () => {},
): Promise<Outcome> {
  const thresholds = initialThresholds(plan.config);
  const ledger = emptyLedger(plan, startMs, untilMs);
  const reader = new EventReader(events);
  const overlaps = new Overlaps(plan);
  const outcome: Outcome = { ledger: ledger.counts, overlaps: overlaps.counts, workflowCounts: workflowCounts(plan.config), people: 0, applied: 0, duplicates: 0 };
  let sinceProgress = 0;
  for (const [index, history] of share.entries()) {
    const places = inOrderOfTime(histories, history, reader);
    const moment: Moment = { nowMs: reader.atMs(places[0] as number), thresholds, thresholdsVersion: 0 };
    const isTold = history === told?.history;
    const story: { atMs: number; text: string }[] = [];
    const deps = {
      plan,
      ...(definitionFolder !== undefined && { definitionFolder }),
      ledger,
      workflowCounts: outcome.workflowCounts,
      ...(isTold && { tell: (atMs: number, text: string) => void story.push({ atMs, text }) }),
    };
    const { people, contacts, applied, duplicates } = await replay(deps, reader.at(places), moment, untilMs);
    for (const { profile } of people) overlaps.add(profile, moment);
    outcome.people += people.length;
    outcome.applied += applied;
    outcome.duplicates += duplicates;
    const key = isTold ? [`u#${told?.id}`, `a#${told?.id}`].find((candidate) => contacts.all.has(candidate)) : undefined;
    if (key !== undefined) outcome.person = { profile: contacts.owner(key).profile, story };
    sinceProgress += places.length;
    if (index % historiesPerProgress !== 0) continue;
    onProgress(sinceProgress);
    sinceProgress = 0;
    await oneTurn();
  }
  onProgress(sinceProgress);
  return outcome;
}
