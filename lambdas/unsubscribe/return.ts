import type { ControlStore } from '../adapters/control-store.ts';
import type { Logger } from '../adapters/logger.ts';
import type { InboxStore } from '../adapters/mail/inbox-store.ts';
import type { Mailer } from '../adapters/mail/mailer.ts';
import type { ReturnRequests } from '../adapters/return-requests.ts';
import type { SigningKeys } from '../adapters/signing-keys.ts';
import type { Stream } from '../adapters/stream.ts';
import { normalAddress } from '../domain/address.ts';
import { addressHash } from '../domain/emails/address.ts';
import { hasExpired, signReturn, type ReturnClaim } from '../domain/links/return-link.ts';
import type { PageLook } from '../domain/pages/look.ts';
import type { Content } from '../domain/profile/content.ts';
import { resubscribedEnvelope } from '../domain/profile/unsubscribed.ts';
import type { Config } from '../schemas/config.ts';
import { confirmationMail } from './confirmation-mail.ts';

export interface ReturnDeps {
  config: Pick<Config, 'sender'>;
  control: Pick<ControlStore, 'optIn'>;
  inboxes: Pick<InboxStore, 'read' | 'decide'>;
  signingKeys: Pick<SigningKeys, 'signingKey'>;
  requests: ReturnRequests;
  mailer: Mailer;
  stream: Stream;
  logger: Logger;
  publicUrl: string;
  now: () => number;
}

/** What became of the wish to come back: a confirmation is on its way, one was sent lately, or there is no address that can get one. */
export type Asked = 'sent' | 'before' | 'impossible';

export interface Wish {
  userKey: string;
  topics: string[];
  content: Content | undefined;
  look: PageLook;
  /** What the person would get then. */
  titles: readonly string[];
}

/**
 * Whoever has a link of an email may take its reader out, but mails are often forwarded: to bring somebody back takes a click in a mail to their own address.
 * The confirmation is no campaign's, so it counts in no cap and no topic holds it back; a suppressed address gets none.
 */
export async function askToReturn({ config, inboxes, signingKeys, requests, mailer, logger, publicUrl, now }: ReturnDeps, wish: Wish): Promise<Asked> {
  const to = normalAddress(wish.content?.traits.email?.value);
  if (to === undefined) return 'impossible';
  const [address, askedAtMs] = [addressHash(to), now()];
  if ((await inboxes.read(address, [])).suppressed) return 'impossible';
  if (!(await requests.claim(address, askedAtMs))) return 'before';
  const claim: ReturnClaim = { userKey: wish.userKey, topics: wish.topics, askedAtMs, address };
  const link = `${publicUrl}/u/${signReturn(claim, await signingKeys.signingKey())}`;
  await mailer.send(confirmationMail(config.sender, to, wish.look, wish.titles, link));
  logger.info('confirmation of a return sent');
  return 'sent';
}

/** Is the link still good: not too old, and for the address that the person has now? */
export function isGood(claim: ReturnClaim, content: Content | undefined, nowMs: number): boolean {
  const address = normalAddress(content?.traits.email?.value);
  return !hasExpired(claim, nowMs) && address !== undefined && addressHash(address) === claim.address;
}

/** Brings the person back, and the address that has confirmed it, as of the moment when they asked: a repetition changes nothing, and whoever has left again since stays out. */
export async function confirmReturn({ control, inboxes, stream, logger }: Pick<ReturnDeps, 'control' | 'inboxes' | 'stream' | 'logger'>, userKey: string, { topics, askedAtMs, address }: ReturnClaim): Promise<void> {
  for (const topic of topics) await Promise.all([control.optIn(userKey, topic, askedAtMs), inboxes.decide(address, 'back', topic, askedAtMs)]);
  await stream.put(topics.map((topic) => resubscribedEnvelope({ userKey, topic }, askedAtMs)));
  logger.info('return confirmed', { topics: topics.join() });
}
