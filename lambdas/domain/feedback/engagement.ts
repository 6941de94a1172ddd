import { shortHash } from '../hash.ts';

/**
 * Did a person open an email or follow its link, or did a machine? SES reports both alike. What follows are heuristics:
 * they err towards the machine for opens, which prove little, and towards the person for clicks, which start things.
 *
 * - Apple's Mail Privacy Protection loads all pictures of an email in advance, read or not, through proxies with the user agent
 *   `Mozilla/5.0` and nothing else (wordtothewise.com/2021/09/apple-mpp, help.socketlabs.com "Identifying Apple MPP opens").
 *   The proxies' addresses are those of iCloud Private Relay, at several networks, a list of some hundred thousand
 *   ranges that changes; only Apple's own 17.0.0.0/8 is looked at here. Nobody can see whether such a person opened the email.
 * - Gmail with an open session loads pictures in advance with a user agent that ends in `Edge/12.246 Mozilla/5.0`
 *   (sparkpost.com/blog/gmail-prefetching-images). Its `GoogleImageProxy`, like Yahoo's proxy, fetches them when somebody
 *   opens the email, so that is a person (scientiamobile.com/what-is-google-image-proxy).
 * - Security gateways and programs that say who they are.
 * - A person does not follow a link within seconds of the delivery, nor two different links at once; scanners do both
 *   (check.live-direct-marketing.online/blog/bot-clicks-security-scanners-detect, support.arternal.com article 15216436).
 *
 * What stays hidden: scanners that look like browsers, wait, and follow one link alone. And two links that somebody opens
 * in tabs within two seconds look like a scanner.
 */
export type Judgement = { by: 'person' } | { by: 'machine'; why: Suspicion };
export type Suspicion = 'apple-mail-privacy' | 'gmail-prefetch' | 'security-scanner' | 'bot' | 'no-user-agent' | 'too-fast' | 'many-links';

export interface Visitor {
  userAgent?: string | null | undefined;
  ipAddress?: string | undefined;
}

/** A click as the send record keeps it. */
export interface Click {
  atMs: number;
  /** Stands for the link's address. */
  link: string;
  /** Why it is a machine's by itself, whatever else is known. */
  why?: Suspicion;
}

/** From when on a person can have followed a link, and which clicks there were. */
export interface KnownOfMessage {
  sentAtMs?: number | undefined;
  deliveredAtMs?: number | undefined;
  clicks: readonly Click[];
}

/** Sooner after the delivery nobody has seen the email, opened it and chosen a link. */
export const soonestClickMs = 5000;
/** Clicks on different links that lie closer together are one program's. */
export const burstMs = 2000;

const scanners =
  /barracuda|proofpoint|urldefense|mimecast|messagelabs|trend ?micro|\btmes\b|ciscosecureemail|ironport|forti(net|mail|guard)|sophos|forcepoint|websense|trellix|fireeye|avanan|safelinks|vade ?secure|hornetsecurity|spamtitan/i;
/** CUBOT is a maker of phones, not a bot. */
const bots =
  /(?<!cu)bot\b|crawl|spider|slurp|headless|phantomjs|puppeteer|playwright|bingpreview|skypeuripreview|facebookexternalhit|whatsapp|^(node|undici|axios|got|curl|wget|python|java|ruby|perl|php|go-http-client|libwww|apache-httpclient|postmanruntime|scrapy|httpie|winhttp)\b|python-requests|aiohttp/i;

export function judgeOpen(visitor: Visitor): Judgement {
  return judgement(suspicionOf('open', visitor));
}

export function clickOf({ timestamp, link, ...visitor }: Visitor & { timestamp: string; link: string }): Click {
  const why = suspicionOf('click', visitor);
  return { atMs: Date.parse(timestamp), link: shortHash([link], 8), ...(why && { why }) };
}

/** Depends on all that is known of the message by then, so that it can come out otherwise when more is known. */
export function judgeClick({ why, atMs, link }: Click, { sentAtMs, deliveredAtMs, clicks }: KnownOfMessage): Judgement {
  if (why) return judgement(why);
  const arrivedAtMs = deliveredAtMs ?? sentAtMs;
  if (arrivedAtMs !== undefined && atMs < arrivedAtMs + soonestClickMs) return judgement('too-fast');
  return judgement(clicks.some((other) => other.link !== link && Math.abs(other.atMs - atMs) < burstMs) ? 'many-links' : undefined);
}

const judgement = (why: Suspicion | undefined): Judgement => (why ? { by: 'machine', why } : { by: 'person' });

function suspicionOf(kind: 'open' | 'click', { userAgent, ipAddress }: Visitor): Suspicion | undefined {
  const agent = userAgent?.trim() ?? '';
  if (agent === '') return 'no-user-agent';
  if (kind === 'open' && (agent === 'Mozilla/5.0' || ipAddress?.startsWith('17.'))) return 'apple-mail-privacy';
  if (kind === 'open' && agent.endsWith('Edge/12.246 Mozilla/5.0')) return 'gmail-prefetch';
  if (scanners.test(agent)) return 'security-scanner';
  return bots.test(agent) || agent === 'Mozilla/5.0' ? 'bot' : undefined;
}
