import type { SendRecord } from '../adapters/send-store.ts';
import { emptyContent } from '../domain/content.ts';
import type { SendSituation } from '../domain/contact-policy.ts';
import { sendIdOf } from '../domain/send-id.ts';
import type { CampaignConfig, Config, StepConfig } from '../schemas/config.ts';
import type { SendRequest } from '../schemas/workflow.ts';
import type { Deps } from './deps.ts';

/** @throws UnknownStep when the state machine asks for a campaign or step that the config does not have */
export function stepOf(config: Config, { campaign: name, step: stepName }: SendRequest): { campaign: CampaignConfig; step: StepConfig } {
  const campaign = config.campaigns[name];
  const step = campaign?.steps[stepName];
  if (campaign === undefined || step === undefined) throw new UnknownStep(`${name}/${stepName}; there are ${stepNames(config)}`);
  return { campaign, step };
}

export class UnknownStep extends Error {
  override name = 'UnknownStep';
}

const stepNames = (config: Config): string =>
  Object.entries(config.campaigns)
    .flatMap(([name, { steps }]) => Object.keys(steps).map((step) => `${name}/${step}`))
    .join(', ');

/** What is known, and the discount of the email that this one follows up on. */
export interface Gathered extends SendSituation {
  earlierDiscount?: SendRecord['discount'];
}

/** Reads what the decision needs, as it is now. A workflow that an anonymous visitor started follows them to their known profile. */
export async function gather(deps: Deps, request: SendRequest, campaign: CampaignConfig, step: StepConfig): Promise<Gathered> {
  const own = await deps.profiles.load(request.userKey, true);
  const { profile, content = emptyContent() } = own.profile.mergedInto === undefined ? own : await deps.profiles.load(own.profile.mergedInto, true);
  const address = content.traits.email?.value;
  const [suppressed, optedOut, followedUp] = await Promise.all([
    typeof address === 'string' ? deps.control.isSuppressed(address) : false,
    deps.control.hasOptedOut(profile.userKey, campaign.topic),
    step.ifClicked === undefined ? undefined : deps.sends.get(sendIdOf(request.executionName, step.ifClicked)),
  ]);
  return { request, step, topic: campaign.topic, profile, content, suppressed, optedOut, clickedAtMs: followedUp?.clickedAtMs, earlierDiscount: followedUp?.discount };
}
