import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { ProfileStore } from '../adapters/profiles/store.ts';
import type { SigningKeys } from '../adapters/signing-keys.ts';
import type { Stream } from '../adapters/stream.ts';
import { wasErased, wholePerson } from '../adapters/profiles/whole-profile.ts';
import { languagesOfBrowser, pageLook, type LookConfig } from '../domain/pages/look.ts';
import { formIn, pageAnswer } from '../domain/pages/person-page.ts';
import { claimIn, readLink } from '../domain/links/tokens.ts';
import { textTrait } from '../domain/profile/content.ts';
import { everything, resubscribedEnvelope, unsubscribedEnvelope } from '../domain/profile/unsubscribed.ts';
import type { Config } from '../schemas/config.ts';
import { afterChange, changeFor, standingOf, type Change } from './choice.ts';
import { invalidPage, preferencePage } from './page.ts';
import { topicsOf } from './topics.ts';

export interface Deps {
  config: LookConfig & Pick<Config, 'topics' | 'campaigns' | 'consent'>;
  control: Pick<ControlStore, 'optOut' | 'optIn' | 'optOuts'>;
  signingKeys: Pick<SigningKeys, 'signingKeyById'>;
  profiles: Pick<ProfileStore, 'load' | 'erasedAtMs'>;
  stream: Stream;
  logger: Logger;
  now: () => number;
}

/**
 * The preference page behind an unsubscribe link. Mail scanners follow links, so GET only shows it; POST acts, which
 * RFC 8058 lets the mail program send by itself: at once for the next send, and as events for the profile.
 */
export function createHandler(deps: Deps) {
  const { config, control } = deps;
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const claim = await claimIn(event.pathParameters?.token ?? '', readLink, deps.signingKeys);
    const browser = languagesOfBrowser(event.headers);
    if (claim === undefined) {
      const look = pageLook(config, browser);
      return pageAnswer(look, 400, invalidPage(look, config.sender));
    }
    const { profile, content } = await wholePerson(deps.profiles, claim.userKey);
    const look = pageLook(config, [content && textTrait(content, 'locale'), ...browser]);
    const topics = topicsOf(config, claim.topic, look.language);
    const decided = await control.optOuts(profile.userKey, [everything, ...topics.map(({ name }) => name)]);
    const standing = standingOf(topics, [decided, profile]);
    const { trait } = config.consent;
    const shown = { look, ofLink: claim.topic, consents: trait === null || profile.consent?.value === true };
    if (event.httpMethod !== 'POST') return pageAnswer(look, 200, preferencePage({ ...shown, standing }));
    const change = changeFor(formIn(event), claim.topic, standing);
    // Who was erased gets no mail, whatever they choose, and leaves no trace.
    if (!(await wasErased(deps.profiles, profile))) await carryOut(deps, profile.userKey, change);
    return pageAnswer(look, 200, preferencePage({ ...shown, standing: afterChange(standing, change), change }));
  };
}

async function carryOut({ control, stream, logger, now }: Deps, userKey: string, { leaves, returnsTo }: Change): Promise<void> {
  const atMs = now();
  // Opt-outs are written first: a person who comes back to one topic must not be subscribed to all of them in between.
  for (const topic of leaves) await control.optOut(userKey, topic, atMs);
  for (const topic of returnsTo) await control.optIn(userKey, topic, atMs);
  const events = [...leaves.map((topic) => unsubscribedEnvelope({ userKey, topic }, atMs)), ...returnsTo.map((topic) => resubscribedEnvelope({ userKey, topic }, atMs))];
  if (events.length > 0) await stream.put(events);
  logger.info('preferences', { leaves: leaves.join(), returnsTo: returnsTo.join() });
}
