import type { Properties } from '../events/filters.ts';
import { hexHash } from '../hash.ts';

/** What is stored of a product: what the shop's server said in an event, and what its feed says. */
export interface StoredProduct {
  details?: Properties;
  atMs?: number;
  feed?: Properties;
  feedAtMs?: number;
}

/** Names that belong together: where the later source has one of them, the earlier one's others do not count. */
const together = [
  ['price', 'currency'],
  ['title', 'name'],
] as const;

/** A product as emails show it: what was said last counts, and what only the other source knows is added, such as reviews. */
export function described({ details, atMs = 0, feed, feedAtMs = 0 }: StoredProduct): Properties {
  if (feed === undefined || details === undefined) return feed ?? details ?? {};
  const [earlier, later] = feedAtMs >= atMs ? [details, feed] : [feed, details];
  const replaced = together.filter((names) => names.some((name) => Object.hasOwn(later, name))).flat() as readonly string[];
  return { ...Object.fromEntries(Object.entries(earlier).filter(([name]) => !replaced.includes(name))), ...later };
}

/** What is remembered of each product while a feed is compared with the catalogue. */
export interface Known {
  /** Of what the feed said; empty where an event has said otherwise since. */
  hash: string;
  /** The feed had it the last time, and it could be bought. */
  isOffered: boolean;
}

export const feedHash = (feed: Properties): string => hexHash([JSON.stringify(Object.entries(feed).toSorted(([a], [b]) => (a < b ? -1 : 1)))], 20);

export function knownOf(stored: StoredProduct): Known {
  const { feed } = stored;
  if (feed === undefined) return { hash: '', isOffered: false };
  const now = described(stored);
  const isShown = Object.entries(feed).every(([name, value]) => now[name] === value);
  return { hash: isShown ? feedHash(feed) : '', isOffered: feed.available !== false };
}
