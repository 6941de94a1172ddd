import { randomBytes } from 'node:crypto';
import { createCatalogue } from '../../lambdas/adapters/catalogue.ts';
import { createControlStore } from '../../lambdas/adapters/control-store.ts';
import { createInboxStore } from '../../lambdas/adapters/mail/inbox-store.ts';
import type { Mail } from '../../lambdas/adapters/mail/mailer.ts';
import { createProfileStore } from '../../lambdas/adapters/profiles/store.ts';
import type { SendStore } from '../../lambdas/adapters/mail/send-store.ts';
import { decideSend, type SendDecision, type SendSituation } from '../../lambdas/domain/campaigns/contact-policy.ts';
import { knownKey } from '../../lambdas/domain/events/event.ts';
import { unknownInbox } from '../../lambdas/domain/profile/inbox.ts';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import type { Renderer } from '../../lambdas/domain/emails/render.ts';
import { initialThresholds } from '../../lambdas/domain/rules/thresholds.ts';
import { stepInVariant } from '../../lambdas/domain/campaigns/variants.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { SkipReason } from '../../lambdas/schemas/workflow.ts';
import { compose } from '../../lambdas/send-email/compose.ts';
import type { Deps } from '../../lambdas/send-email/deps.ts';
import { gather } from '../../lambdas/send-email/gather.ts';
import { itemsFor } from '../../lambdas/send-email/items.ts';
import { localTarget } from '../replay/target.ts';

/** What is read of a person. */
export interface PersonStores {
  profiles: Deps['profiles'];
  control: Pick<Deps['control'], 'optOuts'>;
  inboxes: Deps['inboxes'];
  catalogue: Deps['catalogue'];
  /** Their present; a local Segue may be in another time. */
  nowMs: number;
}

export interface PersonEmail {
  mail: Pick<Mail, 'subject' | 'html' | 'text'>;
  /** The step whose email this is, and its variant if there is one, such as `abandoned_cart/offer (calm)`. */
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
  return { profiles: createProfileStore(documents, profilesTable), control, inboxes: createInboxStore(documents, controlTable), catalogue: createCatalogue(control), nowMs };
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
  const { campaignName, stepName, variant } = stepWith(config, email);
  const request = {
    campaign: campaignName,
    userKey: knownKey(userId),
    key: '-',
    entryAtMs: nowMs,
    executionName: 'preview',
    thresholdsVersion: 0,
    step: stepName,
  };
  const deps = readOnly(stores, renderer, withWinner(config, campaignName, variant));
  const situation = { ...(await gather(deps, request)), clickedAtMs: nowMs };
  const decision = decideSend(deps.plan, situation);
  const shown = decision.send ? decision : decideSend(deps.plan, permitted(situation));
  if (!shown.send) throw new NothingToShow(skipReason(shown, userId));
  const claim = {
    sendId: 'preview',
    userKey: situation.profile.userKey,
    campaign: campaignName,
    step: stepName,
    executionName: 'preview',
    ...(variant !== undefined && { variant }),
  };
  const { mail } = await compose(deps, { claim, situation, decision: shown, items: (await itemsFor(deps, situation.step, shown)).items });
  const title = variant === undefined ? '' : ` (${variant})`;
  return { mail, step: `${campaignName}/${stepName}${title}`, skipped: decision.send ? undefined : decision.reason };
}

function stepWith(config: Config, email: string) {
  for (const [campaignName, campaign] of Object.entries(config.campaigns)) {
    for (const variant of campaign.variants === undefined ? [undefined] : Object.keys(campaign.variants)) {
      const found = Object.entries(campaign.steps).find(([name, step]) => stepInVariant(campaign, name, step, variant).email === email);
      if (found) return { campaignName, stepName: found[0], variant };
    }
  }
  throw new NothingToShow(`no step of a campaign in segue.config.ts sends ${email}, so it cannot be filled for a person`);
}

/** This variant is shown, whichever one the person would get. */
function withWinner(config: Config, name: string, winner: string | undefined): Config {
  if (winner === undefined) return config;
  return { ...config, campaigns: { ...config.campaigns, [name]: { ...(config.campaigns[name] as Config['campaigns'][string]), winner } } };
}

const linkKey = { keyId: '00000000', secret: randomBytes(32).toString('base64url') };

type Reads = Pick<Deps, 'plan' | 'thresholds' | 'profiles' | 'control' | 'inboxes' | 'signingKeys' | 'catalogue' | 'renderer' | 'publicUrl' | 'now' | 'newId'> & {
  sends: Pick<SendStore, 'get'>;
};

/** Gathering and composing ask for no more than this; there is no mailer in it that could be called. */
function readOnly({ profiles, control, inboxes, catalogue, nowMs }: PersonStores, renderer: Renderer, config: Config): Deps {
  const reads: Reads = {
    plan: compilePlan(config),
    thresholds: { ofVersion: async () => initialThresholds(config) },
    profiles,
    inboxes,
    control: {
      optOuts: (userKey, topics) => control.optOuts(userKey, topics),
      campaignState: async () => 'running',
    },
    signingKeys: { signingKey: async () => linkKey },
    catalogue,
    sends: { get: async () => undefined },
    renderer,
    publicUrl: 'https://preview.invalid',
    now: () => nowMs,
    newId: () => 'preview',
  };
  return reads as Deps;
}

/** The same person with an address and consent: the look of the email does not depend on them. */
function permitted<S extends SendSituation>(situation: S): S {
  const { profile, content, request } = situation;
  return {
    ...situation,
    inbox: unknownInbox,
    decisions: [],
    profile: { ...profile, exits: {}, unsubscribedAtMs: {}, consent: { value: true, atMs: request.entryAtMs } },
    content: { ...content, traits: { ...content.traits, email: { value: 'preview@example.com', atMs: request.entryAtMs } } },
  };
}

function skipReason({ reason }: Extract<SendDecision, { send: false }>, userId: string): string {
  if (reason === 'no-profile') return `there is no person with the user id ${JSON.stringify(userId)}`;
  if (reason === 'no-content') return `${JSON.stringify(userId)} has nothing that the email could show`;
  return `${JSON.stringify(userId)} would not get this email: ${reason}`;
}
