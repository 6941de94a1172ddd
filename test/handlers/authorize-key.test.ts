import { createHash } from 'node:crypto';
import type { APIGatewayRequestAuthorizerEvent, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { createHandler as createAuthorizer } from '../../lambdas/authorize-key/handler.ts';

describe('authorize-key', () => {
  const hash = createHash('sha256').update('wk_secret').digest('hex');
  const sharedKeys = { web: 'shared-web', server: 'shared-server' };
  const handle = createAuthorizer({ sharedKeys, control: { writeKey: async (keyHash) => (keyHash === hash ? { keyId: 'k1', source: 'server' } : undefined) } });
  const ask = (authorizationToken?: string) =>
    handle({ type: 'TOKEN', methodArn: 'arn:aws:execute-api:eu-west-1:1:abc/dev/POST/v1/track', authorizationToken } as APIGatewayTokenAuthorizerEvent);
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  test('lets a known key use all routes of the stage, since the answer is cached', async () => {
    expect(await ask(basic('wk_secret:'))).toMatchObject({
      context: { keyId: 'k1', source: 'server' },
      policyDocument: { Statement: [{ Effect: 'Allow', Resource: 'arn:aws:execute-api:eu-west-1:1:abc/dev/*' }] },
    });
  });

  test('names the API key for which a request counts, and that of its source for keys from before there were any', async () => {
    const own = createAuthorizer({ sharedKeys, control: { writeKey: async () => ({ keyId: 'k1', source: 'web', usageKey: 'own' }) } });
    const event = { type: 'TOKEN', methodArn: 'arn:aws:execute-api:eu-west-1:1:abc/dev/POST/v1/track', authorizationToken: basic('wk:') } as APIGatewayTokenAuthorizerEvent;
    expect((await own(event)).usageIdentifierKey).toBe('own');
    expect((await ask(basic('wk_secret:'))).usageIdentifierKey).toBe('shared-server');
    expect((await ask(basic('wk_other:'))).usageIdentifierKey).toBeUndefined();
  });

  test('denies an unknown key', async () => {
    expect(await ask(basic('wk_other:'))).toMatchObject({ policyDocument: { Statement: [{ Effect: 'Deny' }] } });
  });

  test('takes the scheme in any case', async () => {
    for (const scheme of ['basic', 'BASIC']) expect(await ask(basic('wk_secret:').replace('Basic', scheme))).toMatchObject({ context: { keyId: 'k1' } });
  });

  test('[L5] takes a web key from the address of a beacon, and no secret key', async () => {
    const beacon = createAuthorizer({
      sharedKeys,
      control: { writeKey: async (keyHash) => (keyHash === hash ? { keyId: 'k1', source: 'server' } : { keyId: 'k2', source: 'web' }) },
    });
    const askWith = (queryStringParameters: object | null) =>
      beacon({ type: 'REQUEST', methodArn: 'arn:aws:execute-api:eu-west-1:1:abc/dev/POST/beacon/v1/track', queryStringParameters } as APIGatewayRequestAuthorizerEvent);
    expect(await askWith({ writeKey: 'wk_web' })).toMatchObject({ context: { keyId: 'k2', source: 'web' }, policyDocument: { Statement: [{ Effect: 'Allow' }] } });
    const secret = await askWith({ writeKey: 'wk_secret' });
    expect(secret.policyDocument.Statement).toMatchObject([{ Effect: 'Deny' }]);
    expect(secret.context).toBeUndefined();
    for (const query of [null, {}, { writeKey: '' }]) await expect(askWith(query)).rejects.toThrow(/^Unauthorized$/);
  });

  test.each([undefined, 'Bearer abc', 'Basic ???', basic(':')])('asks for a key when there is none: %s', async (header) => {
    await expect(ask(header)).rejects.toThrow(/^Unauthorized$/);
  });
});
