import type { SendRecord } from '../adapters/mail/send-store.ts';
import type { CampaignState } from '../adapters/control-store.ts';
import type { CompiledCampaign } from '../domain/plan/campaigns.ts';
import { normalAddress } from '../domain/address.ts';
import { emptyContent } from '../domain/profile/content.ts';
import type { SendSituation } from '../domain/campaigns/contact-policy.ts';
import { sendIdOf } from '../domain/campaigns/send-id.ts';
import { drawKeyIn } from '../domain/profile/draw.ts';
import { unknownInbox } from '../domain/profile/inbox.ts';
import { addressHash } from '../domain/emails/address.ts';
import { everything } from '../domain/profile/unsubscribed.ts';
import { stepInVariant, variantOf } from '../domain/campaigns/variants.ts';
import type { StepConfig } from '../schemas/config.ts';
import type { BranchRequest, SendRequest } from '../schemas/workflow.ts';
import type { Deps } from './deps.ts';

/** The state machine names something that is not in the config, so repeating the task would not help. */
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

/** What the decision is based on, and the discount of the email that this one follows up on. */
export interface Gathered extends SendSituation {
  /** By which the variant and the holdouts are drawn. */
  drawKey: string;
  variant: string | undefined;
  state: CampaignState;
  earlierDiscount?: SendRecord['discount'];
}

/** The input of the workflow's rules, read now. The workflow of an anonymous visitor continues with their known profile after a merge. */
export async function gatherPerson(deps: Deps, { userKey, thresholdsVersion }: Pick<BranchRequest, 'userKey' | 'thresholdsVersion'>, withContent: boolean) {
  const [own, thresholds] = await Promise.all([deps.profiles.load(userKey, withContent), deps.thresholds.ofVersion(thresholdsVersion)]);
  const { profile, content = emptyContent() } = own.profile.mergedInto === undefined ? own : await deps.profiles.load(own.profile.mergedInto, withContent);
  return { profile, content, thresholds, nowMs: deps.now() };
}

/** Reads what the decision needs. @throws UnknownStep */
export async function gather(deps: Deps, request: SendRequest): Promise<Gathered> {
  const campaign = campaignOf(deps, request.campaign);
  const configured = stepOf(campaign, request.step);
  const person = await gatherPerson(deps, request, true);
  const { userKey } = person.profile;
  const drawKey = drawKeyIn(person.profile, request.executionName);
  const variant = variantOf(campaign.name, campaign, drawKey);
  const step = stepInVariant(campaign, request.step, configured, variant);
  const address = normalAddress(person.content.traits.email?.value);
  // A decision through the visitor's link counts even before its event has reached the known profile.
  const keys = [...new Set([userKey, request.userKey])];
  const [inbox, decisions, followedUp, state] = await Promise.all([
    address === undefined ? unknownInbox : deps.inboxes.read(addressHash(address), [everything, campaign.topic]),
    Promise.all(keys.map((key) => deps.control.optOuts(key, [everything, campaign.topic]))),
    step.ifClicked === undefined ? undefined : deps.sends.get(sendIdOf(request.executionName, step.ifClicked)),
    deps.control.campaignState(campaign.name),
  ]);
  return { request, campaign, step, ...person, inbox, decisions, clickedAtMs: followedUp?.clickedAtMs, earlierDiscount: followedUp?.discount, drawKey, variant, state };
}
