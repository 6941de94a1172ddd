import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { callsIn, isAllowed } from './dynamodb-call.ts';
import type { Grant } from './grants.ts';

export interface TableRules {
  /** By access key id, which is the function's name. Other callers are the developer, who may do everything. */
  grants: ReadonlyMap<string, readonly Grant[]>;
  partitionKeyOf(tableName: string, indexName?: string): string | undefined;
}

/**
 * Has DynamoDB's emulator refuse what the role of the calling function does not allow, as IAM would. So a missing or too narrow grant is
 * found where the function runs, and not after a deployment.
 */
export function underGrants<S extends Server>(server: S, { grants, partitionKeyOf }: TableRules): S {
  const own = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  const pass = (request: IncomingMessage, response: ServerResponse) => own.forEach((listener) => listener.call(server, request, response));
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const caller = /Credential=([^/,\s]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const allowed = grants.get(caller);
    if (allowed === undefined) return pass(request, response);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const body = Buffer.concat(chunks);
      const action = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
      const refused = callsIn(action, JSON.parse(body.toString() || '{}') as object, partitionKeyOf).find((call) => !isAllowed(allowed, call));
      if (refused === undefined) return pass(again(request, body), response);
      const { tableName, indexName, leadingKeys = [] } = refused;
      const message = `User: ${caller} is not authorized to perform: dynamodb:${action} on resource: table/${tableName}${indexName === undefined ? '' : `/index/${indexName}`}${leadingKeys.length > 0 ? ` with the keys ${[...new Set(leadingKeys)].join(', ')}` : ''} because no identity-based policy allows it`;
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', Message: message }));
    });
  });
  return server;
}

/** The request with its body to be read anew. */
const again = ({ method, url, headers }: IncomingMessage, body: Buffer): IncomingMessage => Object.assign(Readable.from([body]), { method, url, headers }) as unknown as IncomingMessage;
