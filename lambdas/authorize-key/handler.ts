import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import type { ControlStore, WriteKey } from '../adapters/control-store.ts';
import { writeKeyHash } from '../domain/hash.ts';

export interface Deps {
  control: Pick<ControlStore, 'writeKey'>;
  /** Values of the API keys for write keys that have none of their own. */
  sharedKeys: Readonly<Record<WriteKey['source'], string>>;
}

/**
 * Checks the write key: the user name of HTTP Basic auth or, where a browser cannot send headers, `?writeKey=` of a beacon. Addresses
 * end up in logs and histories, so a secret key is refused there. The answer is cached per key, so it covers all routes of the stage.
 * The answer names the API key for whose usage plan the request counts. API Gateway turns the error "Unauthorized" into a 401, and a denial into a 403.
 */
export function createHandler({ control, sharedKeys }: Deps) {
  return async (event: APIGatewayTokenAuthorizerEvent | APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const isBeacon = event.type === 'REQUEST';
    const key = isBeacon ? event.queryStringParameters?.writeKey : writeKeyIn(event.authorizationToken);
    if (!key) throw new Error('Unauthorized');
    const known = await control.writeKey(writeKeyHash(key));
    const allowed = isBeacon && known?.source !== 'web' ? undefined : known;
    return {
      principalId: allowed?.keyId ?? 'unknown',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: allowed ? 'Allow' : 'Deny', Resource: `${event.methodArn.split('/').slice(0, 2).join('/')}/*` }],
      },
      ...(allowed && { context: { keyId: allowed.keyId, source: allowed.source }, usageIdentifierKey: allowed.usageKey ?? sharedKeys[allowed.source] }),
    };
  };
}

function writeKeyIn(header: string | undefined): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  return encoded && Buffer.from(encoded, 'base64').toString().split(':')[0];
}
