import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import type { ControlStore } from '../adapters/control-store.ts';
import { writeKeyHash } from '../domain/hash.ts';

export interface Deps {
  control: Pick<ControlStore, 'writeKey'>;
}

/**
 * Checks the write key, the user name of HTTP Basic auth. The answer is cached per key, so it covers all
 * routes of the stage. API Gateway turns the error "Unauthorized" into a 401, and a denial into a 403.
 */
export function createHandler({ control }: Deps) {
  return async (event: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const key = writeKeyIn(event.authorizationToken);
    if (key === undefined) throw new Error('Unauthorized');
    const known = await control.writeKey(writeKeyHash(key));
    return {
      principalId: known?.keyId ?? 'unknown',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: known ? 'Allow' : 'Deny', Resource: `${event.methodArn.split('/').slice(0, 2).join('/')}/*` }],
      },
      ...(known && { context: { keyId: known.keyId, source: known.source } }),
    };
  };
}

function writeKeyIn(header: string | undefined): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  const key = encoded && Buffer.from(encoded, 'base64').toString().split(':')[0];
  return key === '' ? undefined : key;
}
