import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { ControlStore } from '../adapters/control-store.ts';
import type { InboxStore } from '../adapters/mail/inbox-store.ts';
import type { SendRecord, SendStore } from '../adapters/mail/send-store.ts';
import type { ProfileStore } from '../adapters/profiles/profile-store.ts';
import { wholePerson } from '../adapters/profiles/whole-profile.ts';
import type { SigningKeys } from '../adapters/signing-keys.ts';
import { normalAddress } from '../domain/address.ts';
import { addressHash } from '../domain/emails/address.ts';
import { readReturn, type ReturnClaim } from '../domain/links/return-link.ts';
import { claimIn, readLink, type LinkClaim } from '../domain/links/tokens.ts';
import { languagesOfBrowser, pageLook, type LookConfig, type PageLook } from '../domain/pages/look.ts';
import { textTrait, type Content } from '../domain/profile/content.ts';
import type { Profile } from '../domain/profile/profile.ts';
import { everything, type Decisions } from '../domain/profile/unsubscribed.ts';
import type { Config } from '../schemas/config.ts';
import { standingOf, type Subscriptions } from './choice.ts';
import { topicsOf } from './topics.ts';

export interface VisitDeps {
  config: LookConfig & Pick<Config, 'topics' | 'campaigns'>;
  control: Pick<ControlStore, 'optOuts'>;
  inboxes: Pick<InboxStore, 'read'>;
  sends: Pick<SendStore, 'get'>;
  signingKeys: Pick<SigningKeys, 'signingKeyById'>;
  profiles: Pick<ProfileStore, 'load' | 'erasedAtMs'>;
}

/** Somebody with a link, and what is known of the person whom it is about. */
export interface Visit {
  look: PageLook;
  /** Topic of the link; `*` for all. */
  ofLink: string;
  /** There when the link is that of a confirmation. */
  back: ReturnClaim | undefined;
  /** The email in which the link stood. */
  send: SendRecord | undefined;
  /** Hash of the address that the email went to, else of the person's own. */
  inbox: string | undefined;
  profile: Profile;
  content: Content | undefined;
  standing: Subscriptions;
  /** All decisions that hold: the person's in the control table and in the profile, and those for the address. */
  decisions: readonly Decisions[];
}

/** @returns the look of a page alone when the link is of nobody, or not signed by this stage */
export async function visitOf({ config, control, inboxes, sends, signingKeys, profiles }: VisitDeps, event: APIGatewayProxyEvent): Promise<Visit | Pick<Visit, 'look'>> {
  const token = event.pathParameters?.token ?? '';
  const back = await claimIn(token, readReturn, signingKeys);
  const claim: LinkClaim | undefined = back ? { userKey: back.userKey, topic: back.topics[0] ?? everything } : await claimIn(token, readLink, signingKeys);
  const browser = languagesOfBrowser(event.headers);
  const send = claim?.sendId === undefined ? undefined : await sends.get(claim.sendId);
  const userKey = claim?.userKey ?? send?.userKey;
  if (claim === undefined || userKey === undefined) return { look: pageLook(config, browser) };
  const { profile, content } = await wholePerson(profiles, userKey);
  const look = pageLook(config, [content && textTrait(content, 'locale'), ...browser]);
  const topics = topicsOf(config, claim.topic, look.language);
  const names = [everything, ...topics.map(({ name }) => name)];
  const address = normalAddress(content?.traits.email?.value);
  const inbox = send?.inbox ?? (address && addressHash(address));
  const [decided, ofInbox] = await Promise.all([control.optOuts(profile.userKey, names), inbox === undefined ? undefined : inboxes.read(inbox, names)]);
  const standing = standingOf(topics, [decided, profile], ofInbox?.decisions);
  return { look, ofLink: claim.topic, back, send, inbox, profile, content, standing, decisions: [decided, profile, ...(ofInbox ? [ofInbox.decisions] : [])] };
}
