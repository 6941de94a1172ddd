import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a client sent it. */
export interface Seen {
  method: string;
  /** With the query. */
  path: string;
  headers: Record<string, string | string[] | undefined>;
  status: number;
}

export interface Relay {
  url: string;
  /** What came through, preflights included. */
  seen: Seen[];
  /** Answers the next POSTs itself, as a Segue whose stream is out of order would. */
  refuseNext(count: number): void;
  /** Leads to another API from now on. */
  leadTo(target: string): void;
  close(): Promise<void>;
}

/** Stands between clients and the API, so that a test can see what a client sends and let the API fail for a while. */
export async function startRelay(firstTarget: string): Promise<Relay> {
  let target = firstTarget;
  const seen: Seen[] = [];
  let refusals = 0;
  const answer = (from: IncomingMessage, to: ServerResponse) => {
    const note = (status: number) => seen.push({ method: from.method ?? '', path: from.url ?? '', headers: from.headers, status });
    if (from.method === 'POST' && refusals > 0) {
      refusals -= 1;
      from.resume().on('end', () => {
        note(503);
        to.writeHead(503, { 'content-type': 'application/json', 'access-control-allow-origin': '*' }).end('{"error":"send the request again"}');
      });
      return;
    }
    const onwards = httpRequest(`${target}${from.url}`, { method: from.method, headers: from.headers }, (response) => {
      note(response.statusCode ?? 0);
      to.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(to);
    });
    onwards.on('error', () => to.destroy());
    from.pipe(onwards);
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    refuseNext: (count) => (refusals = count),
    leadTo: (next) => (target = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
