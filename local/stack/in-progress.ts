import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any request of the emulators takes. */
const longestMs = 2_000;

/**
 * Watches what a server is working on, whether or not the client still listens: a request is over when its handler ends the answer.
 * The emulators close LevelDB as soon as they are told to, and its binding crashes the process when that happens under an operation.
 * @returns a function that resolves when nothing is in progress any more
 */
export function watchRequests(server: Server): () => Promise<void> {
  const open = new Set<ServerResponse>();
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    open.add(response);
    const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
    response.end = ((...given: unknown[]) => {
      open.delete(response);
      return end(...given);
    }) as ServerResponse['end'];
  });
  return async () => {
    for (const since = Date.now(); open.size > 0 && Date.now() - since < longestMs; ) await sleep(10);
  };
}
