import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';

/** Names of this machine, with or without a port. A page can have its own name lead to 127.0.0.1, but it cannot change the Host that the browser sends. */
const localHost = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/** Headers that browsers set and pages cannot take away. Node's fetch sends only `sec-fetch-mode`. */
const browserHeaders = ['origin', 'sec-fetch-site', 'sec-fetch-dest'] as const;

/**
 * Why a data port refuses a request: it was not sent to this machine by name, or a browser sent it. SDKs and command line
 * tools are let through; no page has any business with a database.
 * @returns undefined for a request that may pass
 */
export function refusalOfData(headers: IncomingHttpHeaders): string | undefined {
  if (!localHost.test(headers.host ?? '')) return `host ${JSON.stringify(headers.host ?? '')}: only 127.0.0.1 and localhost are served here`;
  const sent = browserHeaders.find((name) => headers[name] !== undefined);
  return sent === undefined ? undefined : `the header ${sent} comes from a browser, and this port holds data that no web page may read`;
}

/**
 * Why a page for the developer refuses a request: it was not sent to this machine by name, or another site's page caused it.
 * A link from elsewhere may lead here; what another site's page fetches, embeds or posts may not.
 * @returns undefined for a request that may pass
 */
export function refusalOfPage({ headers, method }: Pick<IncomingMessage, 'headers' | 'method'>): string | undefined {
  if (!localHost.test(headers.host ?? '')) return 'only for this machine';
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) return 'only for pages of this address';
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined;
  const dest = headers['sec-fetch-dest'] ?? 'document';
  const isLink = method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && dest === 'document';
  return isLink ? undefined : 'only for pages of this address';
}

/**
 * Why the local API refuses a request: it was sent to a name that is neither this machine's nor one that the developer allows, such as that of a
 * tunnel or a container. Pages of other sites may send events here, as they may on AWS, but not under a name that they had lead here: for
 * a browser, this port would then be part of their own site.
 * @param allowed host names without a port; one that begins with a dot stands for every name below it
 * @returns undefined for a request that may pass
 */
export function refusalOfApi({ host = '' }: IncomingHttpHeaders, allowed: readonly string[]): string | undefined {
  if (localHost.test(host)) return undefined;
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  if (allowed.some((one) => (one.startsWith('.') ? name.endsWith(one) : name === one))) return undefined;
  return `host ${JSON.stringify(host)}: only 127.0.0.1, localhost and the names of --allowed-host are served here`;
}

/** Has a server that holds data refuse what `refusalOfData` names, before any of its own code sees the request. */
export function onlyLocal<S extends Server>(server: S): S {
  const own = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const refusal = refusalOfData(request.headers);
    if (refusal === undefined) return own.forEach((listener) => listener.call(server, request, response));
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(`${refusal}\n`);
  });
  return server;
}
