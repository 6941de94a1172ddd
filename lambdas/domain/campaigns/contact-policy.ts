import type { StepConfig } from '../../schemas/config.ts';
import type { SendRequest, SkipReason } from '../../schemas/workflow.ts';
import { normalAddress } from '../address.ts';
import type { CompiledCampaign } from '../plan/campaigns.ts';
import { cart, boughtLast, type CartProduct, type Content } from '../profile/content.ts';
import type { Inbox } from '../profile/inbox.ts';
import { viewedOnly } from '../profile/views.ts';
import type { Plan } from '../plan/plan.ts';
import type { Profile } from '../profile/profile.ts';
import { isTrue, type Condition, type Thresholds } from '../rules/compile.ts';
import { isExited } from './workflow-effects.ts';
import { isPlainText } from '../events/plain-text.ts';
import { thresholdsOn } from '../rules/segments.ts';
import { viewOf } from '../profile/view.ts';
import { everything, hasLeft, type Decisions } from '../profile/unsubscribed.ts';

/** What is known at the moment of sending. */
export interface SendSituation {
  request: SendRequest;
  campaign: CompiledCampaign;
  step: StepConfig;
  profile: Profile;
  content: Content;
  /** What is known of the address, whoever has it. */
  inbox: Inbox;
  /** The person's decisions through links in emails, from the records that are written immediately. */
  decisions: readonly Decisions[];
  /** When the person clicked in the step that this one follows up on. */
  clickedAtMs?: number | undefined;
  nowMs: number;
  /** Those that the workflow started with. */
  thresholds: Thresholds;
}

export type SendDecision = { send: true; address: string; firstName?: string; products: CartProduct[] } | { send: false; reason: SkipReason };

/**
 * Decides, in the order of what the person would want us to check first: are they still in this workflow, may we
 * write to them at all, and is there anything to show?
 */
export function decideSend(plan: Plan, situation: SendSituation): SendDecision {
  const { request, campaign, step, profile, content, inbox, decisions, clickedAtMs } = situation;
  const skip = (reason: SkipReason): SendDecision => ({ send: false, reason });
  const asks = ask(plan, situation);
  if (profile.version === 0) return skip('no-profile');
  if (isExited(campaign, profile.exits[request.campaign], request.entryAtMs)) return skip('exited');
  if (campaign.isOver && asks(campaign.isOver)) return skip('exited');
  if (step.ifClicked !== undefined && clickedAtMs === undefined) return skip('not-clicked');
  const condition = campaign.stepConditions.get(request.step);
  if (condition && !asks(condition)) return skip('rule');

  const address = normalAddress(content.traits.email?.value);
  if (address === undefined) return skip('no-address');
  if (inbox.suppressed) return skip('suppressed');
  const topics = campaign.transactional ? [everything] : [everything, campaign.topic];
  // An opt-out holds for the person, whatever their address is, and for the address, whoever has it. Coming back as one does not undo the other.
  if (topics.some((topic) => hasLeft([...decisions, profile], topic) || hasLeft(inbox.decisions, topic))) return skip('unsubscribed');
  const { trait } = plan.config.consent;
  if (trait !== null && profile.consent?.value !== true) return skip('no-consent');

  const products = productsFor(step, situation);
  if (products.length === 0 && !mayBeEmpty(step)) return skip('no-content');
  return { send: true, address, ...firstNameOf(content), products };
}

/** The branch that a workflow takes: the first whose rule holds, else `otherwise`. @returns undefined when the campaign has no such branch */
export function decideBranch(plan: Plan, branch: string, situation: Pick<SendSituation, 'campaign' | 'profile' | 'nowMs' | 'thresholds'>): string | undefined {
  const asks = ask(plan, situation);
  const rules = situation.campaign.branchRules.get(branch);
  return rules && (rules.find(({ when }) => asks(when))?.to ?? 'otherwise');
}

function ask(plan: Plan, { profile, nowMs, thresholds }: Pick<SendSituation, 'profile' | 'nowMs' | 'thresholds'>): (condition: Condition) => boolean {
  const view = viewOf(plan, profile, thresholdsOn(plan.config, profile, nowMs, thresholds));
  return (condition) => isTrue(condition(view, nowMs, thresholds));
}

/** May the email go without any product? */
export const mayBeEmpty = ({ shows, evenIfEmpty }: StepConfig): boolean => shows === 'none' || evenIfEmpty;

/** The products that an email starts from: for `related`, those that others are recommended for. */
function productsFor({ shows }: StepConfig, { profile, content }: Pick<SendSituation, 'profile' | 'content'>): CartProduct[] {
  switch (shows) {
    case 'cart':
      return cart(content);
    case 'views':
      return viewedOnly(profile.views, content).map((productId) => ({ productId }));
    case 'related':
      return boughtLast(content).map((productId) => ({ productId }));
    case 'none':
      return [];
  }
}

function firstNameOf({ traits }: Content): { firstName?: string } {
  const value = traits.first_name?.value ?? traits.firstName?.value;
  const name = typeof value === 'string' ? value.trim().slice(0, 60) : '';
  return name !== '' && isPlainText(name) ? { firstName: name } : {};
}
