import type { CampaignConfig, Config } from '../../schemas/config.ts';
import type { Rule } from '../../schemas/rule.ts';
import { compileRule, need, type Condition, type Needs } from '../rules/compile.ts';
import { membership } from '../rules/segments.ts';
import { hourMs } from '../time.ts';

export interface Branch {
  to: string;
  when: Condition;
}

/** An order and its cart event may be dated by two clocks, so the order may seem to come first, by up to this much. */
export const orderLeadMs = 30_000;

/** A campaign with its rules compiled. */
export interface CompiledCampaign extends CampaignConfig {
  name: string;
  /** Events with which the wait before the first email begins anew. */
  restartedBy: ReadonlySet<string>;
  /** An order ends the workflow of a cart that is dated up to this much later, by another clock. */
  exitLeadMs: number;
  /** Upper bound of an execution's life: its waits, deferrals and retries together. */
  lifetimeMs: number;
  mayEnter?: Condition;
  /** True when a workflow of this campaign has to end. */
  isOver?: Condition;
  stepConditions: ReadonlyMap<string, Condition>;
  branchRules: ReadonlyMap<string, readonly Branch[]>;
  /** By wait, the signal that knows when its event happened last. */
  awaited: ReadonlyMap<string, string>;
}

/** Compiles campaigns, and collects the signals that their rules need. */
export function compileCampaigns(config: Config, needs: Needs): CompiledCampaign[] {
  const members = membership(config);
  const compile = (rule: Rule) => compileRule(rule, config, needs, members);
  return Object.entries(config.campaigns).map(([name, campaign]) => ({
    ...campaign,
    name,
    lifetimeMs: lifetimeMs(campaign, config.contact),
    restartedBy: restartedBy(campaign, config),
    exitLeadMs: isOfCart(campaign, config) && campaign.exit.event === config.products?.bought ? orderLeadMs : 0,
    ...(campaign.entry.when && { mayEnter: compile(campaign.entry.when) }),
    ...(campaign.exit.when && { isOver: compile(campaign.exit.when) }),
    stepConditions: new Map(Object.entries(campaign.steps).flatMap(([step, { when }]) => (when ? [[step, compile(when)] as const] : []))),
    branchRules: new Map(Object.entries(campaign.branches).map(([branch, ways]) => [branch, ways.map(({ to, when }) => ({ to, when: compile(when) }))])),
    awaited: new Map(Object.entries(campaign.waits).map(([wait, { event, where }]) => [wait, need(needs, event, where, 1)])),
  }));
}

const isOfCart = ({ entry }: CampaignConfig, { products }: Config): boolean => 'event' in entry && products !== undefined && entry.event === products.added;

function restartedBy(campaign: CampaignConfig, config: Config): Set<string> {
  const { entry, concurrent } = campaign;
  if (!('event' in entry)) return new Set();
  const isCart = isOfCart(campaign, config);
  if (!(entry.restart ?? (isCart && !concurrent))) return new Set();
  return new Set([entry.event, ...(isCart && config.products ? [config.products.removed] : [])]);
}

/**
 * Step Functions says when an execution ends; this is for the case that the event is lost, since EventBridge delivers these
 * on a best-effort basis. So it must be at least as long as any execution can take.
 */
function lifetimeMs({ steps, waits }: CampaignConfig, { maxDelayHours }: Config['contact']): number {
  const waitingHours = Object.values(waits).reduce((sum, { timeoutHours }) => sum + timeoutHours, 0);
  const stepHours = Object.values(steps).reduce((sum, { afterHours }) => sum + afterHours + maxDelayHours + retriedHours, 0);
  return (waitingHours + stepHours) * hourMs;
}

/** The longest pace of the retriers in the state machines: `SendingPaused`. */
const retriedHours = 50;
