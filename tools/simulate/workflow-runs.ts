import type { Workflows } from '../../lambdas/adapters/workflows.ts';
import { decideSend } from '../../lambdas/domain/contact-policy.ts';
import type { StartWorkflow, StopWorkflow } from '../../lambdas/domain/effects.ts';
import type { DomainEvent } from '../../lambdas/domain/events.ts';
import { hourMs } from '../../lambdas/domain/time.ts';
import type { CampaignConfig, Config, StepConfig } from '../../lambdas/schemas/config.ts';
import type { SkipReason } from '../../lambdas/schemas/workflow.ts';
import type { People, Person } from './people.ts';

/** One workflow on its way: which step is next, and what has happened to those before. */
export interface WorkflowRun extends Omit<StartWorkflow, 'kind'> {
  userKey: string;
  nextStep: number;
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
  schedule(atMs: number, run: WorkflowRun): void;
  /** Told in words what happens to a workflow. */
  tell(text: string): void;
}

/**
 * Plays the workflows of one history: steps in the order of the config, each after its wait, until one is not sent. Emails are
 * decided as send-email decides, with nobody suppressed, and go at once.
 */
export class WorkflowRuns implements Workflows {
  readonly #config: Config;
  readonly #counted: WorkflowCounts;
  readonly #people: People;
  readonly #now: () => number;
  readonly #watcher: WorkflowWatcher;
  readonly #running = new Map<string, WorkflowRun>();

  constructor(config: Config, counted: WorkflowCounts, people: People, now: () => number, watcher: WorkflowWatcher) {
    this.#config = config;
    this.#counted = counted;
    this.#people = people;
    this.#now = now;
    this.#watcher = watcher;
  }

  async start(userKey: string, { campaign, key, entryAtMs, executionName }: StartWorkflow): Promise<void> {
    const run: WorkflowRun = { campaign, key, entryAtMs, executionName, userKey, nextStep: 0, sentAtMs: {}, clickedAtMs: {} };
    this.#running.set(executionName, run);
    this.#counts(campaign).started += 1;
    this.#counts(campaign).running += 1;
    this.#watcher.tell(`${userKey}: workflow ${campaign} starts`);
    this.#await(run);
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

  /** The wait before a step is over. */
  proceed(run: WorkflowRun): void {
    if (this.#running.get(run.executionName) !== run) return;
    const { campaign: campaignName, userKey } = run;
    const { topic } = this.#campaign(campaignName);
    const [name, step] = this.#step(run);
    const counts = this.#counted.steps[campaignName]?.[name] as StepCounts;
    const person = this.#people.owner(userKey);
    const decision = decideSend(this.#config, {
      request: { campaign: campaignName, userKey, key: run.key, entryAtMs: run.entryAtMs, executionName: run.executionName, step: name },
      step,
      topic,
      profile: person.profile,
      content: this.#people.contentOf(person),
      suppressed: false,
      optedOut: false,
      clickedAtMs: step.ifClicked === undefined ? undefined : run.clickedAtMs[step.ifClicked],
    });
    if (!decision.send) {
      counts.skipped[decision.reason] = (counts.skipped[decision.reason] ?? 0) + 1;
      this.#counts(campaignName).finished += 1;
      this.#end(run, `ends before the email ${name}: ${decision.reason}`);
      return;
    }
    counts.sent += 1;
    run.sentAtMs[name] = this.#now();
    this.#watcher.tell(`${userKey}: workflow ${campaignName} sends the email ${name}`);
    run.nextStep += 1;
    if (run.nextStep < Object.keys(this.#campaign(campaignName).steps).length) {
      this.#await(run);
      return;
    }
    this.#counts(campaignName).finished += 1;
    this.#end(run, 'ends');
  }

  #await(run: WorkflowRun): void {
    const [, step] = this.#step(run);
    this.#watcher.schedule(this.#now() + step.afterHours * hourMs, run);
  }

  #end(run: WorkflowRun, text: string): void {
    this.#running.delete(run.executionName);
    this.#counts(run.campaign).running -= 1;
    this.#watcher.tell(`${run.userKey}: workflow ${run.campaign} ${text}`);
  }

  #counts(campaign: string): CampaignCounts {
    return this.#counted.campaigns[campaign] as CampaignCounts;
  }

  #campaign(name: string) {
    return this.#config.campaigns[name] as CampaignConfig;
  }

  #step({ campaign, nextStep }: WorkflowRun): [string, StepConfig] {
    return Object.entries(this.#campaign(campaign).steps)[nextStep] as [string, StepConfig];
  }
}
