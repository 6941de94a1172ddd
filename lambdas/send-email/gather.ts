import type { SendRecord } from '../adapters/mail/send-store.ts';
import type { CampaignState } from '../adapters/control-store.ts';
import type { CompiledCampaign } from '../domain/plan/campaigns.ts';
import { normalAddress } from '../domain/address.ts';
import { emptyContent } from '../domain/profile/content.ts';
import type { SendSituation } from '../domain/campaigns/contact-policy.ts';
import { sendIdOf } from '../domain/campaigns/send-id.ts';
import { everything } from '../domain/profile/unsubscribed.ts';
import { stepInVariant, variantOf } from '../domain/campaigns/variants.ts';
import type { StepConfig } from '../schemas/config.ts';
import type { BranchRequest, SendRequest } from '../schemas/workflow.ts';
import type { Deps } from './deps.ts';

/** The state machine asks for something that the config does not have; repeating it would not help. */
export class UnknownStep extends Error {
  override name = 'UnknownStep';
}

/** @throws UnknownStep */
export function campaignOf({ plan }: Pick<Deps, 'plan'>, name: string): CompiledCampaign {
  const campaign = plan.campaigns.find((one) => one.name === name);
  if (campaign === undefined) throw new UnknownStep(`campaign ${name}; there are ${plan.campaigns.map((one) => one.name).join(', ')}`);
  return campaign;
}

/** @throws UnknownStep */
function stepOf(campaign: CompiledCampaign, name: string): StepConfig {
  const step = campaign.steps[name];
  if (step === undefined) throw new UnknownStep(`${campaign.name}/${name}; there are ${Object.keys(campaign.steps).map((one) => `${campaign.name}/${one}`).join(', ')}`);
  return step;
}

/** What is known, and the discount of the email that this one follows up on. */
export interface Gathered extends SendSituation {
  variant: string | undefined;
  state: CampaignState;
  earlierDiscount?: SendRecord['discount'];
}

/** What a rule of the workflow is asked with, as it is now. A workflow that an anonymous visitor started follows them to their known profile. */
export async function gatherPerson(deps: Deps, { userKey, thresholdsVersion }: Pick<BranchRequest, 'userKey' | 'thresholdsVersion'>, withContent: boolean) {
  const [own, thresholds] = await Promise.all([deps.profiles.load(userKey, withContent), deps.thresholds.ofVersion(thresholdsVersion)]);
  const { profile, content = emptyContent() } = own.profile.mergedInto === undefined ? own : await deps.profiles.load(own.profile.mergedInto, withContent);
  return { profile, content, thresholds, nowMs: deps.now() };
}

/** Reads what the decision needs, as it is now. @throws UnknownStep */
export async function gather(deps: Deps, request: SendRequest): Promise<Gathered> {
  const campaign = campaignOf(deps, request.campaign);
  const configured = stepOf(campaign, request.step);
  const person = await gatherPerson(deps, request, true);
  const { userKey } = person.profile;
  const variant = variantOf(campaign.name, campaign, userKey);
  const step = stepInVariant(campaign, request.step, configured, variant);
  const address = normalAddress(person.content.traits.email?.value);
  // A link that was used under the visitor's key counts before the fold has moved it to the known one.
  const keys = [...new Set([userKey, request.userKey])];
  const [suppressed, decisions, followedUp, state] = await Promise.all([
    address !== undefined ? deps.control.isSuppressed(address) : false,
    Promise.all(keys.map((key) => deps.control.optOuts(key, [everything, campaign.topic]))),
    step.ifClicked === undefined ? undefined : deps.sends.get(sendIdOf(request.executionName, step.ifClicked)),
    deps.control.campaignState(campaign.name),
  ]);
  return { request, campaign, step, ...person, suppressed, decisions, clickedAtMs: followedUp?.clickedAtMs, earlierDiscount: followedUp?.discount, variant, state };
}
