import type { DomainEvent } from '../events/event.ts';
import { shortHash } from '../hash.ts';

/** What a person did with their last emails, as hashes in the order of arrival: opening one counts once, and so does following a link. */
export type Interests = readonly string[];

/**
 * A mail program may fetch the pictures of one email again and again, and SES reports each time. Opens are not reported later than two days after
 * the first one, and hardly anybody gets this many emails within two days.
 */
const remembered = 48;

/** `another-link`: an email that was clicked before, and a link of it that was not. */
export type News = 'new' | 'another-link' | 'known';

/** Other events are always news. */
export const interestEvents: ReadonlySet<string> = new Set(['email_opened', 'email_clicked', 'email_opened_automatically', 'email_clicked_automatically']);

/** Is this the first report of its kind for the email, whatever its message id and time? With the memory after it. */
export function newsOf(known: Interests, { name, properties: { send_id: sendId, link } }: Pick<DomainEvent, 'name' | 'properties'>): { news: News; after: Interests } {
  if (!interestEvents.has(name) || typeof sendId !== 'string') return { news: 'new', after: known };
  const ofMail = shortHash([name, sendId], 8);
  const ofLink = typeof link === 'string' ? shortHash([name, sendId, link], 8) : undefined;
  const added = [ofMail, ofLink].filter((hash) => hash !== undefined && !known.includes(hash)) as string[];
  const news = added.includes(ofMail) ? 'new' : added.length > 0 ? 'another-link' : 'known';
  return { news, after: added.length === 0 ? known : newest([...known, ...added]) };
}

/** The memory of two histories together. */
export const mergeInterests = (a: Interests, b: Interests): Interests => newest([...a.filter((hash) => !b.includes(hash)), ...b]);

const newest = (hashes: readonly string[]): Interests => hashes.slice(-remembered);
