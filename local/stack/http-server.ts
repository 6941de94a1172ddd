import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpAnswer } from '../api-gateway/responses.ts';
import { host } from './emulators.ts';
import { onlyLocal } from './local-only.ts';

/**
 * Listens on the local machine.
 * @param port 0 for any that is free
 * @returns the server's address, without a slash at its end
 * @throws Error naming the port when it is in use
 */
export async function listen(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} of ${host} is in use; choose another one with --port`) : error);
    });
    server.listen(port, host, resolve);
  });
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

/** Like `listen`, for a server that no web page may reach. */
export const listenForData = (server: Server): Promise<string> => listen(onlyLocal(server));

export function createHttpServer(
  answer: (request: IncomingMessage, url: URL) => Promise<HttpAnswer>,
  warn: (message: string) => void,
): Server {
  return createServer((request, response) => {
    const handle = async () => answer(request, new URL(request.url ?? '/', 'http://local'));
    handle()
      .catch((error: unknown): HttpAnswer => {
        // Without the rest of the path, which can be a signed token.
        warn(`${request.method} /${request.url?.split(/[/?]/)[1] ?? ''}: ${String(error)}`);
        return { status: 500, headers: { 'content-type': 'application/json' }, body: '{"message":"Internal server error"}' };
      })
      .then(({ status, headers, body }) => {
        response.writeHead(status, headers);
        response.end(body);
      })
      .catch((error: unknown) => {
        warn(String(error));
        response.destroy();
      });
  });
}
