import type { CampaignConfig, Config } from '../../schemas/config.ts';
import type { Rule } from '../../schemas/rule.ts';
import { compileRule, type Condition, type Needs } from '../rules/compile.ts';
import { membership } from '../rules/segments.ts';
import { dayMs, hourMs } from '../time.ts';

export interface Branch {
  to: string;
  when: Condition;
}

/** A campaign with its rules compiled. */
export interface CompiledCampaign extends CampaignConfig {
  name: string;
  /** How long an execution lives when nothing stops it. */
  lifetimeMs: number;
  mayEnter?: Condition;
  /** True when a workflow of this campaign has to end. */
  isOver?: Condition;
  stepConditions: ReadonlyMap<string, Condition>;
  branchRules: ReadonlyMap<string, readonly Branch[]>;
}

/** Compiles campaigns, and notes what their rules need to know. */
export function compileCampaigns(config: Config, needs: Needs): CompiledCampaign[] {
  const members = membership(config);
  const compile = (rule: Rule) => compileRule(rule, config, needs, members);
  return Object.entries(config.campaigns).map(([name, campaign]) => ({
    ...campaign,
    name,
    lifetimeMs: lifetimeMs(campaign),
    ...(campaign.entry.when && { mayEnter: compile(campaign.entry.when) }),
    ...(campaign.exit.when && { isOver: compile(campaign.exit.when) }),
    stepConditions: new Map(Object.entries(campaign.steps).flatMap(([step, { when }]) => (when ? [[step, compile(when)] as const] : []))),
    branchRules: new Map(Object.entries(campaign.branches).map(([branch, ways]) => [branch, ways.map(({ to, when }) => ({ to, when: compile(when) }))])),
  }));
}

/** All waits, and a day for sends that are retried or put off. */
function lifetimeMs({ steps, waits }: CampaignConfig): number {
  const waitingHours = Object.values(waits).reduce((sum, { timeoutHours }) => sum + timeoutHours, 0);
  return Object.values(steps).reduce((sum, step) => sum + step.afterHours * hourMs, dayMs + waitingHours * hourMs);
}
