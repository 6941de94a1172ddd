import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { InboxStore } from '../adapters/mail/inbox-store.ts';
import type { SendStore } from '../adapters/mail/send-store.ts';
import type { ProfileStore } from '../adapters/profiles/store.ts';
import type { SigningKeys } from '../adapters/signing-keys.ts';
import type { Stream } from '../adapters/stream.ts';
import { normalAddress } from '../domain/address.ts';
import { addressHash } from '../domain/emails/address.ts';
import { noteLeaving } from './note-leaving.ts';
import { wasErased, wholePerson } from '../adapters/profiles/whole-profile.ts';
import { languagesOfBrowser, pageLook, type LookConfig } from '../domain/pages/look.ts';
import { formIn, pageAnswer } from '../domain/pages/person-page.ts';
import { readReturn } from '../domain/links/return-link.ts';
import { claimIn, readLink, type LinkClaim } from '../domain/links/tokens.ts';
import { textTrait } from '../domain/profile/content.ts';
import { everything } from '../domain/profile/unsubscribed.ts';
import type { Config } from '../schemas/config.ts';
import { afterChange, changeFor, gets, returnsSince, standingOf, type Change } from './choice.ts';
import { leave } from './leave.ts';
import { invalidPage, overPage, preferencePage, returnPage } from './page.ts';
import { askToReturn, confirmReturn, isGood, type ReturnDeps } from './return.ts';
import { topicsOf } from './topics.ts';

export interface Deps extends ReturnDeps {
  config: LookConfig & Pick<Config, 'topics' | 'campaigns' | 'consent'>;
  control: Pick<ControlStore, 'optOut' | 'optIn' | 'optOuts'>;
  inboxes: Pick<InboxStore, 'read' | 'decide'>;
  sends: Pick<SendStore, 'get' | 'revise'>;
  signingKeys: Pick<SigningKeys, 'signingKeyById' | 'signingKey'>;
  profiles: Pick<ProfileStore, 'load' | 'erasedAtMs'>;
  stream: Stream;
  logger: Logger;
  now: () => number;
}

/**
 * The preference page behind an unsubscribe link. Mail scanners follow links, so GET only shows it; POST acts, which
 * RFC 8058 lets the mail program send by itself: at once for the next send, and as events for the profile. Leaving needs the link alone, coming back a
 * confirmation from the person's own inbox as well.
 */
export function createHandler(deps: Deps) {
  const { config, control } = deps;
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const token = event.pathParameters?.token ?? '';
    const back = await claimIn(token, readReturn, deps.signingKeys);
    const claim: LinkClaim | undefined = back ? { userKey: back.userKey, topic: back.topics[0] ?? everything } : await claimIn(token, readLink, deps.signingKeys);
    const browser = languagesOfBrowser(event.headers);
    const send = claim?.sendId === undefined ? undefined : await deps.sends.get(claim.sendId);
    const userKey = claim?.userKey ?? send?.userKey;
    if (claim === undefined || userKey === undefined) {
      const look = pageLook(config, browser);
      return pageAnswer(look, 400, invalidPage(look, config.sender));
    }
    const { profile, content } = await wholePerson(deps.profiles, userKey);
    const look = pageLook(config, [content && textTrait(content, 'locale'), ...browser]);
    const topics = topicsOf(config, claim.topic, look.language);
    const names = [everything, ...topics.map(({ name }) => name)];
    const address = normalAddress(content?.traits.email?.value);
    const inbox = send?.inbox ?? (address && addressHash(address));
    const [decided, ofInbox] = await Promise.all([control.optOuts(profile.userKey, names), inbox === undefined ? undefined : deps.inboxes.read(inbox, names)]);
    const standing = standingOf(topics, [decided, profile], ofInbox?.decisions);
    const { trait } = config.consent;
    const shown = { look, writeTo: config.sender.replyTo ?? config.sender.address, ofLink: claim.topic, consents: trait === null || profile.consent?.value === true };
    if (back) {
      if (!isGood(back, content, deps.now())) return pageAnswer(look, 410, overPage(look));
      if (event.httpMethod !== 'POST') return pageAnswer(look, 200, returnPage(look, standing, back));
      await confirmReturn(deps, profile.userKey, back);
      const change: Change = { kind: 'saved', leaves: [], returnsTo: returnsSince(back, [decided, profile, ...(ofInbox ? [ofInbox.decisions] : [])]) };
      return pageAnswer(look, 200, preferencePage({ ...shown, standing: afterChange(standing, change), change }));
    }
    if (event.httpMethod !== 'POST') return pageAnswer(look, 200, preferencePage({ ...shown, standing }));
    const change = changeFor(formIn(event), claim.topic, standing);
    // Who was erased gets no mail, whatever they choose, and leaves no trace.
    const isErased = await wasErased(deps.profiles, profile);
    if (!isErased) {
      await noteLeaving(deps, send?.sendId, standing, change);
      await leave(deps, { userKey: profile.userKey, inbox, send }, change);
    }
    const after = afterChange(standing, change);
    if (isErased || change.returnsTo.length === 0) return pageAnswer(look, 200, preferencePage({ ...shown, standing: after, change }));
    const asked = await askToReturn(deps, { userKey: profile.userKey, topics: change.returnsTo, content, look, titles: gets(after).map(({ title }) => title) });
    const meanwhile = afterChange(standing, { ...change, returnsTo: [] });
    return pageAnswer(look, 200, preferencePage({ ...shown, standing: meanwhile, change, asked: { asked, after } }));
  };
}
