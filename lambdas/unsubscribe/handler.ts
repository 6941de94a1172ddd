import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { ControlStore } from '../adapters/control-store.ts';
import type { SendStore } from '../adapters/mail/send-store.ts';
import { wasErased } from '../adapters/profiles/whole-profile.ts';
import type { SigningKeys } from '../adapters/signing-keys.ts';
import { formIn, pageAnswer } from '../domain/pages/person-page.ts';
import type { Config } from '../schemas/config.ts';
import { afterChange, changeFor, gets, returnsSince, type Change } from './choice.ts';
import { leave, type LeaveDeps } from './leave.ts';
import { noteLeaving } from './note-leaving.ts';
import { invalidPage, overPage, preferencePage, returnPage } from './page.ts';
import { askToReturn, confirmReturn, isGood, type ReturnDeps } from './return.ts';
import { visitOf, type VisitDeps } from './visit.ts';

export interface Deps extends VisitDeps, LeaveDeps, ReturnDeps {
  config: VisitDeps['config'] & Pick<Config, 'sender' | 'consent'>;
  control: Pick<ControlStore, 'optOut' | 'optIn' | 'optOuts'>;
  inboxes: VisitDeps['inboxes'] & LeaveDeps['inboxes'];
  sends: Pick<SendStore, 'get' | 'revise'>;
  signingKeys: Pick<SigningKeys, 'signingKeyById' | 'signingKey'>;
}

/**
 * The preference page behind an unsubscribe link. Mail scanners follow links, so GET only shows it; POST acts, which
 * RFC 8058 lets the mail program send by itself: at once for the next send, and as events for the profile. Leaving needs the link alone, coming back a
 * confirmation from the person's own inbox as well.
 */
export function createHandler(deps: Deps) {
  const { config } = deps;
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const visit = await visitOf(deps, event);
    const { look } = visit;
    if (!('profile' in visit)) return pageAnswer(look, 400, invalidPage(look, config.sender));
    const { back, content, decisions, inbox, ofLink, profile, send, standing } = visit;
    const { userKey } = profile;
    const { trait } = config.consent;
    const shown = { look, writeTo: config.sender.replyTo ?? config.sender.address, ofLink, consents: trait === null || profile.consent?.value === true };
    if (back) {
      if (!isGood(back, content, deps.now())) return pageAnswer(look, 410, overPage(look));
      if (event.httpMethod !== 'POST') return pageAnswer(look, 200, returnPage(look, standing, back));
      await confirmReturn(deps, userKey, back);
      const change: Change = { kind: 'saved', leaves: [], returnsTo: returnsSince(back, decisions) };
      return pageAnswer(look, 200, preferencePage({ ...shown, standing: afterChange(standing, change), change }));
    }
    if (event.httpMethod !== 'POST') return pageAnswer(look, 200, preferencePage({ ...shown, standing }));
    const change = changeFor(formIn(event), ofLink, standing);
    // Who was erased gets no mail, whatever they choose, and leaves no trace.
    const isErased = await wasErased(deps.profiles, profile);
    if (!isErased) {
      await noteLeaving(deps, send?.sendId, standing, change);
      await leave(deps, { userKey, inbox, send }, change);
    }
    const after = afterChange(standing, change);
    if (isErased || change.returnsTo.length === 0) return pageAnswer(look, 200, preferencePage({ ...shown, standing: after, change }));
    const asked = await askToReturn(deps, { userKey, topics: change.returnsTo, content, look, titles: gets(after).map(({ title }) => title) });
    const meanwhile = afterChange(standing, { ...change, returnsTo: [] });
    return pageAnswer(look, 200, preferencePage({ ...shown, standing: meanwhile, change, asked: { asked, after } }));
  };
}
