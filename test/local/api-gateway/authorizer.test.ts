import { beforeEach, describe, expect, it } from 'vitest';
import { createAuthorizerCheck } from '../../../local/api-gateway/authorizer.ts';
import type { Authorizer } from '../../../local/api-gateway/template.ts';

const authorizer: Authorizer = {
  id: 'a',
  functionArn: 'fn',
  identityHeader: 'authorization',
  identityPattern: '^Basic .+$',
  cacheSeconds: 300,
};
const arn = 'arn:aws:execute-api:eu-west-1:0:api/dev/POST/v1/track';
const policy = (Effect: string, Resource = 'arn:aws:execute-api:eu-west-1:0:api/dev/*') => ({
  principalId: 'k',
  policyDocument: { Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] },
  context: { keyId: 'k', level: 3 },
});

let nowMs = 0;
let calls: number;
let answer: () => unknown;
let check: ReturnType<typeof createAuthorizerCheck>;

beforeEach(() => {
  calls = 0;
  answer = () => policy('Allow');
  check = createAuthorizerCheck({
    nowMs: () => nowMs,
    invoke: async () => {
      calls += 1;
      return answer();
    },
  });
});

describe('a TOKEN authorizer', () => {
  it('lets in whom the policy allows, with its context as texts', async () => {
    expect(await check(authorizer, 'Basic x', arn)).toEqual({ kind: 'allowed', context: { keyId: 'k', level: '3', principalId: 'k' } });
  });

  it.each([undefined, '', 'Bearer x'])('does not even ask with the token %j', async (token) => {
    expect(await check(authorizer, token, arn)).toEqual({ kind: 'missing' });
    expect(calls).toBe(0);
  });

  it('remembers an answer by token, good or bad, for its time', async () => {
    answer = () => policy('Deny');
    expect((await check(authorizer, 'Basic x', arn)).kind).toBe('denied');
    await check(authorizer, 'Basic x', arn);
    nowMs += 299_999;
    await check(authorizer, 'Basic x', arn);
    expect(calls).toBe(1);
    await check(authorizer, 'Basic y', arn);
    expect(calls).toBe(2);
    nowMs += 1;
    await check(authorizer, 'Basic x', arn);
    expect(calls).toBe(3);
  });

  it('applies a remembered policy to the method at hand', async () => {
    answer = () => policy('Allow', 'arn:aws:execute-api:eu-west-1:0:api/dev/POST/v1/track');
    expect((await check(authorizer, 'Basic x', arn)).kind).toBe('allowed');
    expect((await check(authorizer, 'Basic x', arn.replace('track', 'page'))).kind).toBe('denied');
    expect(calls).toBe(1);
  });

  it('tells "no such user" from a failure, and remembers neither', async () => {
    answer = () => {
      throw new Error('Unauthorized');
    };
    expect(await check(authorizer, 'Basic x', arn)).toEqual({ kind: 'missing' });
    answer = () => {
      throw new Error('table is gone');
    };
    expect(await check(authorizer, 'Basic x', arn)).toEqual({ kind: 'broken', message: 'table is gone' });
    answer = () => ({});
    expect((await check(authorizer, 'Basic x', arn)).kind).toBe('broken');
    expect(calls).toBe(3);
  });
});
