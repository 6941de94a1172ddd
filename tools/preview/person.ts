import { randomBytes } from 'node:crypto';
import { createCatalogue } from '../../lambdas/adapters/catalogue.ts';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import type { Mail } from '../../lambdas/adapters/mailer.ts';
import { createProfileStore } from '../../lambdas/adapters/profile-store.ts';
import type { SendStore } from '../../lambdas/adapters/send-store.ts';
import { decideSend, type SendDecision, type SendSituation } from '../../lambdas/domain/contact-policy.ts';
import { knownKey } from '../../lambdas/domain/events.ts';
import type { Renderer } from '../../lambdas/domain/render.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { SkipReason } from '../../lambdas/schemas/workflow.ts';
import { compose } from '../../lambdas/send-email/compose.ts';
import type { Deps } from '../../lambdas/send-email/deps.ts';
import { gather } from '../../lambdas/send-email/gather.ts';
import { localTarget } from '../replay/target.ts';

/** What is read of a person. */
export interface PersonStores {
  profiles: Deps['profiles'];
  control: Pick<Deps['control'], 'isSuppressed' | 'hasOptedOut'>;
  catalogue: Deps['catalogue'];
  /** Their present; a local Segue may be in another time. */
  nowMs: number;
}

export interface PersonEmail {
  mail: Pick<Mail, 'subject' | 'html' | 'text'>;
  /** The step whose email this is, such as `abandoned_cart/offer`. */
  step: string;
  /** Why the person would not get it now. */
  skipped: SkipReason | undefined;
}

/** There is nothing to show for this person; the message says why. */
export class NothingToShow extends Error {
  override name = 'NothingToShow';
}

/** @throws Error naming the folder, when no Segue runs on it */
export async function localStores(dataDir: string): Promise<PersonStores> {
  const { documents, profilesTable, controlTable, nowMs } = await localTarget(dataDir);
  const control = createControlStore(documents, controlTable);
  return { profiles: createProfileStore(documents, profilesTable), control, catalogue: createCatalogue(control), nowMs };
}

/**
 * Fills an email for a person as send-email would, at the first step that sends it. Writes nothing: links and codes are
 * signed with a key of this process, so that no one is unsubscribed and nothing is redeemed by looking.
 * @throws NothingToShow; RenderFailed
 */
export async function emailFor(
  stores: PersonStores,
  renderer: Renderer,
  config: Config,
  email: string,
  userId: string,
): Promise<PersonEmail> {
  const { nowMs } = stores;
  const { campaign, campaignName, step, stepName } = stepWith(config, email);
  const request = {
    campaign: campaignName,
    userKey: knownKey(userId),
    key: '-',
    entryAtMs: nowMs,
    executionName: 'preview',
    step: stepName,
  };
  const deps = readOnly(stores, renderer, config);
  const situation = { ...(await gather(deps, request, campaign, step)), clickedAtMs: nowMs };
  const decision = decideSend(config, situation);
  const shown = decision.send ? decision : decideSend(config, permitted(situation));
  if (!shown.send) throw new NothingToShow(whyNot(shown, userId));
  const { mail } = await compose(deps, {
    claim: { sendId: 'preview', userKey: situation.profile.userKey, campaign: campaignName, step: stepName, executionName: 'preview' },
    topic: campaign.topic,
    step,
    decision: shown,
    content: situation.content,
  });
  return { mail, step: `${campaignName}/${stepName}`, skipped: decision.send ? undefined : decision.reason };
}

function stepWith(config: Config, email: string) {
  for (const [campaignName, campaign] of Object.entries(config.campaigns)) {
    const found = Object.entries(campaign.steps).find(([, step]) => step.email === email);
    if (found) return { campaign, campaignName, stepName: found[0], step: found[1] };
  }
  throw new NothingToShow(`no step of a campaign in segue.config.ts sends ${email}, so it cannot be filled for a person`);
}

const linkKey = { keyId: '00000000', secret: randomBytes(32).toString('base64url') };

type Reads = Pick<Deps, 'config' | 'profiles' | 'control' | 'catalogue' | 'renderer' | 'publicUrl' | 'now'> & {
  sends: Pick<SendStore, 'get'>;
};

/** Gathering and composing ask for no more than this; there is no mailer in it that could be called. */
function readOnly({ profiles, control, catalogue, nowMs }: PersonStores, renderer: Renderer, config: Config): Deps {
  const reads: Reads = {
    config,
    profiles,
    control: {
      isSuppressed: (address) => control.isSuppressed(address),
      hasOptedOut: (userKey, topic) => control.hasOptedOut(userKey, topic),
      signingKey: async () => linkKey,
    },
    catalogue,
    sends: { get: async () => undefined },
    renderer,
    publicUrl: 'https://preview.invalid',
    now: () => nowMs,
  };
  return reads as Deps;
}

/** The same person if they had an address and did not mind: how the email looks does not depend on that. */
function permitted(situation: SendSituation): SendSituation {
  const { profile, content, request } = situation;
  return {
    ...situation,
    suppressed: false,
    optedOut: false,
    profile: { ...profile, exits: {}, unsubscribedAtMs: {}, consent: { value: true, atMs: request.entryAtMs } },
    content: { ...content, traits: { ...content.traits, email: { value: 'preview@example.com', atMs: request.entryAtMs } } },
  };
}

function whyNot({ reason }: Extract<SendDecision, { send: false }>, userId: string): string {
  if (reason === 'no-profile') return `there is no person with the user id ${JSON.stringify(userId)}`;
  if (reason === 'no-content') return `${JSON.stringify(userId)} has nothing in the cart that the email could show`;
  return `${JSON.stringify(userId)} would not get this email: ${reason}`;
}
