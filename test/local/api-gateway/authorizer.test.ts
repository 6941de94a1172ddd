import { beforeEach, describe, expect, it } from 'vitest';
import { createAuthorizerCheck } from '../../../local/api-gateway/authorizer.ts';
import type { Authorizer } from '../../../local/api-gateway/template.ts';

const authorizer: Authorizer = {
  id: 'a',
  type: 'TOKEN',
  functionArn: 'fn',
  identitySources: ['method.request.header.Authorization'],
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
let checkCaller: ReturnType<typeof createAuthorizerCheck>;
let asked: unknown[];
const check = (authorizer: Authorizer, token: string | undefined, methodArn: string) =>
  checkCaller(authorizer, { methodArn, headers: token === undefined ? {} : { authorization: token }, query: new URLSearchParams(), request: {} });

beforeEach(() => {
  calls = 0;
  answer = () => policy('Allow');
  asked = [];
  checkCaller = createAuthorizerCheck({
    nowMs: () => nowMs,
    invoke: async (_arn, event) => {
      calls += 1;
      asked.push(event);
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

describe('a REQUEST authorizer', () => {
  const beacon: Authorizer = { id: 'b', type: 'REQUEST', functionArn: 'fn', identitySources: ['method.request.querystring.writeKey', 'method.request.header.X-Shop'], cacheSeconds: 300 };
  const ask = (query: string, shop?: string) =>
    checkCaller(beacon, { methodArn: arn, headers: shop === undefined ? {} : { 'x-shop': shop }, query: new URLSearchParams(query), request: { queryStringParameters: { writeKey: 'k' } } });

  it('tells its function of the request', async () => {
    expect((await ask('writeKey=k', 's')).kind).toBe('allowed');
    expect(asked).toEqual([{ type: 'REQUEST', methodArn: arn, queryStringParameters: { writeKey: 'k' } }]);
  });

  it('does not ask when one of its sources is missing or empty', async () => {
    for (const [query, shop] of [['', 's'], ['writeKey=', 's'], ['writekey=k', 's'], ['writeKey=k', undefined], ['writeKey=k', '']] as const)
      expect(await ask(query, shop)).toEqual({ kind: 'missing' });
    expect(calls).toBe(0);
  });

  it('remembers an answer by all of its sources together', async () => {
    for (const [query, shop] of [['writeKey=k', 's'], ['writeKey=k&x=1', 's'], ['writeKey=k', 't'], ['writeKey=l', 's']] as const) await ask(query, shop);
    expect(calls).toBe(3);
  });
});
