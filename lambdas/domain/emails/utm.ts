const maxUrlLength = 2048;
const localHosts = ['localhost', '127.0.0.1'];

/**
 * The URL if an email may point to it, else undefined. URLs come from event properties, which anybody with a
 * publishable key can write, so only https (http on this machine itself) to the allowed hosts and
 * their subdomains passes, without user name or password.
 */
export function safeUrl(url: string | undefined, allowedHosts: readonly string[]): string | undefined {
  if (url === undefined || url.length > maxUrlLength) return undefined;
  const parsed = URL.parse(url);
  if (parsed === null || parsed.username !== '' || parsed.password !== '') return undefined;
  if (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && localHosts.includes(parsed.hostname))) return undefined;
  return allowedHosts.some((host) => isHostOrSubdomain(parsed.hostname, host)) ? parsed.href : undefined;
}

function isHostOrSubdomain(hostname: string, allowedHost: string): boolean {
  // Parsing brings the allowed name into the same form: lower case, punycode.
  const allowed = URL.parse(`https://${allowedHost}`)?.hostname;
  return allowed !== undefined && (hostname === allowed || hostname.endsWith(`.${allowed}`));
}

export interface Utm {
  source: string;
  medium: string;
  campaign: string;
  content: string;
}

/**
 * The URL with the four utm parameters, in place of those that it had. The rest of the query stays byte for
 * byte as it is, because a shop may have signed it.
 * @throws TypeError when `url` is not an absolute URL.
 */
export function withUtm(url: string, utm: Utm): string {
  const parsed = new URL(url);
  const ours = (Object.keys(utm) as (keyof Utm)[]).map((name) => [`utm_${name}`, encodeURIComponent(utm[name])] as const);
  const isOurs = (pair: string) => ours.some(([name]) => pair === name || pair.startsWith(`${name}=`));
  const given = parsed.search === '' ? [] : parsed.search.slice(1).split('&');
  const kept = given.filter((pair) => !isOurs(pair));
  parsed.search = `?${[...kept, ...ours.map((pair) => pair.join('='))].join('&')}`;
  return parsed.href;
}
