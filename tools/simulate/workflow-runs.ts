import type { Wait, WaitStore } from '../../lambdas/adapters/wait-store.ts';
import type { Workflows } from '../../lambdas/adapters/workflows.ts';
import type { CompiledCampaign } from '../../lambdas/domain/plan/campaigns.ts';
import { restartedUntilMs } from '../../lambdas/domain/campaigns/restart.ts';
import { decideSend, decideBranch } from '../../lambdas/domain/campaigns/contact-policy.ts';
import type { StartWorkflow, StopWorkflow } from '../../lambdas/domain/profile/effects.ts';
import type { DomainEvent } from '../../lambdas/domain/events/event.ts';
import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import { drawKeyIn } from '../../lambdas/domain/profile/draw.ts';
import { unknownInbox } from '../../lambdas/domain/profile/inbox.ts';
import type { Thresholds } from '../../lambdas/domain/rules/compile.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import { stepInVariant, variantOf } from '../../lambdas/domain/campaigns/variants.ts';
import type { CampaignConfig, Config, StepConfig } from '../../lambdas/schemas/config.ts';
import type { SkipReason } from '../../lambdas/schemas/workflow.ts';
import type { People, Person } from './people.ts';
import { chosen, exampleDefinitions, machineOf } from './state-machine.ts';

/** One workflow on its way: which state is next, and what has happened in those before. */
export interface WorkflowRun extends Omit<StartWorkflow, 'kind'> {
  userKey: string;
  state: string;
  /** Counts the waits, so that one that was cut short does not end again. */
  turn: number;
  /** The event that the workflow waits for. */
  awaits?: string | undefined;
  results: Record<string, object>;
  /** Why the last email did not go. */
  ending?: string | undefined;
  sentAtMs: Record<string, number>;
  clickedAtMs: Record<string, number>;
}

export interface CampaignCounts {
  started: number;
  /** Ended by themselves: all steps done, or one not sent. */
  finished: number;
  /** Waiting for a step at the end. */
  running: number;
  /** By what stopped them. */
  stopped: Record<string, number>;
}

export interface StepCounts {
  sent: number;
  skipped: Partial<Record<SkipReason, number>>;
}

/** By campaign, and by campaign and step. */
export interface WorkflowCounts {
  campaigns: Record<string, CampaignCounts>;
  steps: Record<string, Record<string, StepCounts>>;
}

export function workflowCounts({ campaigns }: Config): WorkflowCounts {
  const byCampaign = <T>(make: (campaign: CampaignConfig) => T) =>
    Object.fromEntries(Object.entries(campaigns).map(([name, campaign]) => [name, make(campaign)]));
  return {
    campaigns: byCampaign(() => ({ started: 0, finished: 0, running: 0, stopped: {} })),
    steps: byCampaign(({ steps }) => Object.fromEntries(Object.keys(steps).map((step) => [step, { sent: 0, skipped: {} }]))),
  };
}

export interface WorkflowWatcher {
  schedule(atMs: number, run: WorkflowRun, turn: number): void;
  /** Step Functions would say so to the stream, which closes the run in the profile. */
  ended(run: WorkflowRun): void;
  /** Told in words what happens to a workflow. */
  tell(text: string): void;
}

/**
 * Plays the workflows of one history through their state machines. Emails are decided as send-email decides, with nobody
 * suppressed and nobody held out, and go at once.
 */
export class WorkflowRuns implements Workflows, Pick<WaitStore, 'happened'> {
  readonly #plan: Plan;
  readonly #counted: WorkflowCounts;
  readonly #people: People;
  readonly #now: () => number;
  readonly #watcher: WorkflowWatcher;
  readonly #definitionFolder: string;
  readonly #thresholds: Thresholds;
  readonly #running = new Map<string, WorkflowRun>();

  constructor(plan: Plan, counted: WorkflowCounts, people: People, now: () => number, watcher: WorkflowWatcher, definitionFolder = exampleDefinitions) {
    this.#plan = plan;
    this.#counted = counted;
    this.#people = people;
    this.#now = now;
    this.#watcher = watcher;
    this.#definitionFolder = definitionFolder;
    this.#thresholds = initialThresholds(plan.config);
  }

  async start(userKey: string, { kind: _kind, ...entry }: StartWorkflow): Promise<boolean> {
    const { campaign } = entry;
    const run: WorkflowRun = { ...entry, userKey, state: machineOf(this.#campaign(campaign), this.#definitionFolder).StartAt, turn: 0, results: {}, sentAtMs: {}, clickedAtMs: {} };
    this.#running.set(entry.executionName, run);
    this.#counts(campaign).started += 1;
    this.#counts(campaign).running += 1;
    this.#watcher.tell(`${userKey}: workflow ${campaign} starts`);
    this.#advance(run);
    return true;
  }

  /** The event has come that a workflow waits for, or may wait for later. */
  async happened(executionName: string, wait: string): Promise<Wait> {
    const run = this.#running.get(executionName);
    if (run === undefined) return {};
    run.results[`${wait}!`] = {};
    return run.awaits === wait ? { token: executionName } : {};
  }

  /** Tokens are the names of executions here. */
  async resume(token: string): Promise<void> {
    const run = this.#running.get(token);
    if (run?.awaits !== undefined) this.proceed(run, run.turn);
  }

  async stop({ executionName, campaign, cause }: StopWorkflow): Promise<void> {
    const run = this.#running.get(executionName);
    if (run === undefined) return;
    const { stopped } = this.#counts(campaign);
    // The instant is of interest for one execution only.
    const kind = cause.replace(/ at \d{4}-\S+Z$/, '').replace(/ runs for [ua]#.*$/s, ' runs for the known person already');
    stopped[kind] = (stopped[kind] ?? 0) + 1;
    this.#end(run, `stops: ${cause}`);
  }

  /** Notes a click in an email that a workflow of the person has sent. */
  clicked(person: Person, { atMs, properties }: DomainEvent): void {
    for (const { executionName, campaign } of Object.values(person.profile.runs)) {
      const run = this.#running.get(executionName);
      const step = properties.step;
      if (run === undefined || campaign !== properties.campaign || typeof step !== 'string') continue;
      if (atMs >= (run.sentAtMs[step] ?? Infinity)) run.clickedAtMs[step] ??= atMs;
    }
  }

  /** A wait is over. */
  proceed(run: WorkflowRun, turn: number): void {
    if (this.#running.get(run.executionName) !== run || run.turn !== turn) return;
    run.turn += 1;
    run.awaits = undefined;
    this.#advance(run);
  }

  /** Goes through the states up to the next wait, or the end. */
  #advance(run: WorkflowRun): void {
    const { States } = machineOf(this.#campaign(run.campaign), this.#definitionFolder);
    for (;;) {
      const state = States[run.state];
      if (state === undefined || state.Type === 'Succeed') return this.#finish(run);
      if (state.Type === 'Choice') {
        run.state = chosen(state, run.results) ?? '';
        continue;
      }
      const here = run.state;
      run.state = state.Next ?? '';
      if (state.Type === 'Wait') return this.#await(run, state.Seconds ?? 0);
      const { step, branch, wait } = state.Parameters.Payload;
      if (wait !== undefined) {
        if (`${wait}!` in run.results) continue;
        run.awaits = wait;
        return this.#await(run, state.TimeoutSeconds ?? Infinity);
      }
      const waitsUntilMs = step === undefined ? undefined : this.#restartedUntilMs(run, step);
      if (waitsUntilMs !== undefined) {
        run.state = here;
        return this.#await(run, (waitsUntilMs - this.#now()) / 1000);
      }
      run.results[state.ResultPath.slice(2)] = { answer: step === undefined ? { to: this.#way(run, branch ?? '') } : { outcome: this.#send(run, step) } };
    }
  }

  #restartedUntilMs(run: WorkflowRun, step: string): number | undefined {
    const { campaign, profile, nowMs } = this.#situation(run);
    return restartedUntilMs(campaign, profile, { ...run, step }, nowMs);
  }

  #way(run: WorkflowRun, branch: string): string {
    return decideBranch(this.#plan, branch, this.#situation(run)) ?? 'otherwise';
  }

  #send(run: WorkflowRun, name: string): 'sent' | 'skipped' {
    const { campaign: campaignName, userKey } = run;
    const { person, ...situation } = this.#situation(run);
    const { step, variant } = this.#step(situation.campaign, name, drawKeyIn(situation.profile, run.executionName));
    const counts = this.#counted.steps[campaignName]?.[name] as StepCounts;
    const decision = decideSend(this.#plan, {
      ...situation,
      content: this.#people.contentOf(person),
      request: { ...run, step: name },
      step,
      inbox: unknownInbox,
      decisions: [],
      clickedAtMs: step.ifClicked === undefined ? undefined : run.clickedAtMs[step.ifClicked],
    });
    if (!decision.send) {
      counts.skipped[decision.reason] = (counts.skipped[decision.reason] ?? 0) + 1;
      run.ending = `before the email ${name}: ${decision.reason}`;
      return 'skipped';
    }
    counts.sent += 1;
    run.sentAtMs[name] = this.#now();
    run.ending = undefined;
    this.#watcher.tell(`${userKey}: workflow ${campaignName} sends the email ${name}${variant === undefined ? '' : ` (${variant})`}`);
    return 'sent';
  }

  #situation(run: WorkflowRun) {
    const person = this.#people.owner(run.userKey);
    const campaign = this.#plan.campaigns.find(({ name }) => name === run.campaign) as CompiledCampaign;
    return { campaign, person, profile: person.profile, nowMs: this.#now(), thresholds: this.#thresholds };
  }

  #step(campaign: CompiledCampaign, name: string, drawKey: string) {
    const variant = variantOf(campaign.name, campaign, drawKey);
    return { step: stepInVariant(campaign, name, campaign.steps[name] as StepConfig, variant), variant };
  }

  #await(run: WorkflowRun, seconds: number): void {
    this.#watcher.schedule(this.#now() + seconds * 1000, run, run.turn);
  }

  #finish(run: WorkflowRun): void {
    this.#counts(run.campaign).finished += 1;
    this.#end(run, run.ending === undefined ? 'ends' : `ends ${run.ending}`);
  }

  #end(run: WorkflowRun, text: string): void {
    this.#running.delete(run.executionName);
    this.#counts(run.campaign).running -= 1;
    this.#watcher.ended(run);
    this.#watcher.tell(`${run.userKey}: workflow ${run.campaign} ${text}`);
  }

  #counts(campaign: string): CampaignCounts {
    return this.#counted.campaigns[campaign] as CampaignCounts;
  }

  #campaign(name: string): CampaignConfig {
    return this.#plan.config.campaigns[name] as CampaignConfig;
  }
}
