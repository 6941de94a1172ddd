import { commit, type CommitDeps } from '../../lambdas/adapters/profiles/commit.ts';
import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import type { Moment } from '../../lambdas/domain/profile/view.ts';
import { Agenda } from './agenda.ts';
import type { Ledger } from './ledger.ts';
import { People, type Person } from './people.ts';
import { WorkflowRuns, type WorkflowCounts, type WorkflowRun } from './workflow-runs.ts';

type DueTask = { kind: 'due'; person: Person } | { kind: 'step'; run: WorkflowRun; turn: number } | { kind: 'ended'; run: WorkflowRun };

export interface ReplayDeps {
  plan: Plan;
  ledger: Ledger;
  workflowCounts: WorkflowCounts;
  definitionFolder?: string;
  /** Told in words what happens to somebody. */
  tell?: (atMs: number, text: string) => void;
}

export interface Replayed {
  /** Those of the history who are not part of somebody else. */
  people: Person[];
  contacts: People;
  applied: number;
  duplicates: number;
}

/**
 * Commits the events of one history one by one, each at its own instant, with the code that commits them in production.
 * Between them time passes: profiles are settled when they are due, and workflows take their steps.
 * @param moment set forward to the end, `untilMs`
 */
export async function replay(
  { plan, ledger, workflowCounts, tell, definitionFolder }: ReplayDeps,
  events: readonly DomainEvent[],
  moment: Moment,
  untilMs: number,
): Promise<Replayed> {
  const agenda = new Agenda<DueTask>();
  const say = (text: string) => tell?.(moment.nowMs, text);
  const people = new People(plan, {
    saved(person) {
      const { dueAtMs } = person.profile;
      if (dueAtMs === undefined || person.queuedAtMs === dueAtMs) return;
      person.queuedAtMs = dueAtMs;
      agenda.add(dueAtMs, { kind: 'due', person });
    },
    changed(userKey, transition) {
      ledger.move(transition);
      if (tell)
        say(
          `${userKey}: segment ${transition.from ?? '(new)'} -> ${transition.to}, because ${transition.cause === 'time' ? 'time passed' : `of ${transition.event}`}`,
        );
    },
    pointed(profile, knownKey) {
      ledger.leave(profile, moment.nowMs);
      if (tell) say(`${profile.userKey} becomes part of ${knownKey}`);
    },
  });
  const workflows = new WorkflowRuns(plan, workflowCounts, people, () => moment.nowMs, {
    schedule: (atMs, run, turn) => agenda.add(atMs, { kind: 'step', run, turn }),
    ended: (run) => agenda.add(moment.nowMs, { kind: 'ended', run }),
    tell: say,
  }, definitionFolder);
  const deps: CommitDeps = { plan, store: people, workflows, waits: workflows };

  const timePasses = async (toMs: number) => {
    while (agenda.nextAtMs <= toMs) {
      const { atMs, item } = agenda.take() as { atMs: number; item: DueTask };
      moment.nowMs = atMs;
      if (item.kind === 'step') {
        workflows.proceed(item.run, item.turn);
        continue;
      }
      if (item.kind === 'ended') {
        people.closeRun(item.run);
        continue;
      }
      const { profile } = item.person;
      // An entry that is no longer the profile's due time has been overtaken.
      if (profile.dueAtMs === atMs) await commit(deps, profile.userKey, [], moment, { profile, content: undefined });
    }
    moment.nowMs = toMs;
  };

  let [applied, duplicates, sequence] = [0, 0, 0];
  const happen = async (event: DomainEvent): Promise<void> => {
    const person = people.person(event.userKey);
    const { mergedInto } = person.profile;
    if (mergedInto !== undefined) return happen({ ...event, userKey: mergedInto, anonymousKey: event.userKey });
    if (event.name === 'email_clicked') workflows.clicked(person, event);
    if (tell) say(`${event.userKey}: ${event.name}`);
    sequence += 1;
    const result = await commit(deps, event.userKey, [{ sequenceNumber: String(sequence), event }], moment, {
      profile: person.profile,
      content: undefined,
    });
    applied += result.applied;
    duplicates += result.duplicates;
    if (result.applied > 0) people.note(person, event);
  };

  for (const event of events) {
    if (agenda.nextAtMs <= event.atMs) await timePasses(event.atMs);
    moment.nowMs = event.atMs;
    await happen(event);
  }
  await timePasses(untilMs);
  return {
    people: [...people.all.values()].filter(({ profile }) => profile.mergedInto === undefined),
    contacts: people,
    applied,
    duplicates,
  };
}
