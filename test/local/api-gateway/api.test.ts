import { createServer, type Server } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../../local/api-gateway/api.ts';
import { openPlans } from '../../../local/api-gateway/plans.ts';
import { readApi } from '../../../local/api-gateway/template.ts';
import { createHttpServer, listen } from '../../../local/stack/http-server.ts';
import { createResolver, type Place } from '../../../local/step-functions/intrinsics.ts';

const method = (HttpMethod: string, ResourceId: string, Integration: object, rest: object = {}) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: { HttpMethod, ResourceId, Integration, ...rest },
});
const resource = (ParentId: string, PathPart: string) => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { ParentId: { Ref: ParentId }, PathPart },
});
const lambda = (arn: string) => ({
  Type: 'AWS_PROXY',
  Uri: `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${arn}/invocations`,
});
const put = {
  Type: 'AWS',
  Uri: 'arn:aws:apigateway:eu-west-1:kinesis:action/PutRecords',
  PassthroughBehavior: 'NEVER',
  RequestParameters: { 'integration.request.header.Content-Type': "'application/x-amz-json-1.1'" },
  RequestTemplates: { 'application/json': `{"key":"$context.authorizer.keyId","body":$input.json('$')}` },
  IntegrationResponses: [
    {
      StatusCode: '200',
      ResponseTemplates: {
        'application/json': `#if($input.path('$.FailedRecordCount') == 0)\nok#else\n#set($context.responseOverride.status = 503)\npart#end`,
      },
    },
    {
      StatusCode: '413',
      SelectionPattern: '4\\d{2}',
      ResponseTemplates: { 'application/json': 'large' },
      ResponseParameters: { 'method.response.header.Access-Control-Allow-Origin': "'*'" },
    },
  ],
};
const resources = {
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { ApiKeySourceType: 'AUTHORIZER' } },
  Stage: {
    Type: 'AWS::ApiGateway::Stage',
    Properties: {
      StageName: 'dev',
      MethodSettings: [
        { HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
        { HttpMethod: 'GET', ResourcePath: '/~1v1~1{token}', ThrottlingRateLimit: 2, ThrottlingBurstLimit: 3 },
      ],
    },
  },
  Plan: { Type: 'AWS::ApiGateway::UsagePlan', Properties: { UsagePlanName: 'plan', Throttle: { RateLimit: 0.5, BurstLimit: 2 }, Quota: { Limit: 4, Period: 'DAY' } } },
  ApiKeyA: { Type: 'AWS::ApiGateway::ApiKey', Properties: { Name: 'a', Value: 'value-of-a' } },
  ApiKeyB: { Type: 'AWS::ApiGateway::ApiKey', Properties: { Name: 'b', Value: 'value-of-b' } },
  InPlanA: { Type: 'AWS::ApiGateway::UsagePlanKey', Properties: { KeyId: { Ref: 'ApiKeyA' }, KeyType: 'API_KEY', UsagePlanId: { Ref: 'Plan' } } },
  InPlanB: { Type: 'AWS::ApiGateway::UsagePlanKey', Properties: { KeyId: { Ref: 'ApiKeyB' }, KeyType: 'API_KEY', UsagePlanId: { Ref: 'Plan' } } },
  Limited: resource('V1', 'limited'),
  PostLimited: method('POST', 'Limited', lambda('limited'), { AuthorizerId: { Ref: 'Key' }, ApiKeyRequired: true }),
  V1: { Type: 'AWS::ApiGateway::Resource', Properties: { ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] }, PathPart: 'v1' } },
  Track: resource('V1', 'track'),
  Token: resource('V1', '{token}'),
  Model: { Type: 'AWS::ApiGateway::Model', Properties: { Name: 'track', Schema: { type: 'object', required: ['event'] } } },
  Validator: { Type: 'AWS::ApiGateway::RequestValidator', Properties: { ValidateRequestBody: true } },
  Key: {
    Type: 'AWS::ApiGateway::Authorizer',
    Properties: { Type: 'TOKEN', AuthorizerUri: lambda('authorize').Uri, IdentitySource: 'method.request.header.Authorization' },
  },
  PostTrack: method('POST', 'Track', put, {
    AuthorizerId: { Ref: 'Key' },
    RequestModels: { 'application/json': { Ref: 'Model' } },
    RequestValidatorId: 'Validator',
  }),
  GetToken: method('GET', 'Token', lambda('unsubscribe')),
  Options: method('OPTIONS', 'Track', {
    Type: 'MOCK',
    RequestTemplates: { 'application/json': '{ statusCode: 204 }' },
    IntegrationResponses: [{ StatusCode: '204', ResponseParameters: { 'method.response.header.Access-Control-Max-Age': "'7200'" } }],
  }),
  Denied: {
    Type: 'AWS::ApiGateway::GatewayResponse',
    Properties: { ResponseType: 'ACCESS_DENIED', StatusCode: '418', ResponseTemplates: { 'application/json': '{"error":"who?"}' } },
  },
};

let kinesis: Server;
let kinesisAnswer: { status: number; body: string };
let kinesisRequest: { headers: Record<string, unknown>; body: string } | undefined;
let authorizerAnswer: () => unknown;
let server: Server;
let url: string;
const events: unknown[] = [];
let proxyAnswer: unknown;
let nowMs: number;
let realNowMs: number;

const allow = () => ({
  policyDocument: { Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: '*' }] },
  context: { keyId: 'k1' },
});
const post = (body: string, headers: Record<string, string> = {}, path = '/v1/track') =>
  fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Basic x', ...headers }, body });

beforeEach(async () => {
  kinesisAnswer = { status: 200, body: '{"FailedRecordCount":0}' };
  kinesisRequest = undefined;
  authorizerAnswer = allow;
  nowMs = 1_000;
  realNowMs = 0;
  kinesis = createServer((request, response) => {
    let body = '';
    request
      .on('data', (chunk) => (body += chunk))
      .on('end', () => {
        kinesisRequest = { headers: request.headers, body };
        response.writeHead(kinesisAnswer.status);
        response.end(kinesisAnswer.body);
      });
  });
  const place: Place = { region: 'eu-west-1', accountId: '0', apiUrl: 'http://x' };
  const resolver = createResolver({ stackName: 't', resources, parameters: {}, conditions: {}, mappings: {}, assetFolders: new Map() }, place);
  const api = createApi({
    api: readApi(resolver),
    endpoints: { kinesis: await listen(kinesis) },
    nowMs: () => nowMs,
    realNowMs: () => realNowMs,
    plans: openPlans(resolver),
    place,
    invoke: async (arn, event) => {
      if (arn === 'authorize') return authorizerAnswer();
      events.push(event);
      return proxyAnswer;
    },
  });
  server = createHttpServer(api, () => undefined);
  url = await listen(server);
});
afterEach(() => {
  for (const one of [server, kinesis]) {
    one.close();
    one.closeAllConnections();
  }
});

describe('a service integration', () => {
  it('sends what the template makes to Kinesis', async () => {
    const answer = await post('{"event":"x"}');
    expect([answer.status, (await answer.text()).trim()]).toEqual([200, 'ok']);
    expect(kinesisRequest!.headers).toMatchObject({
      'x-amz-target': 'Kinesis_20131202.PutRecords',
      'content-type': 'application/x-amz-json-1.1',
    });
    expect(JSON.parse(kinesisRequest!.body)).toEqual({ key: 'k1', body: { event: 'x' } });
  });

  it('lets the response template change the status', async () => {
    kinesisAnswer.body = '{"FailedRecordCount":1}';
    expect((await post('{"event":"x"}')).status).toBe(503);
  });

  it('picks the response by the status of the service', async () => {
    kinesisAnswer = { status: 400, body: '{"__type":"ValidationException"}' };
    const answer = await post('{"event":"x"}');
    expect([answer.status, await answer.text(), answer.headers.get('access-control-allow-origin')]).toEqual([413, 'large', '*']);
  });

  it('is an integration failure when the service is gone', async () => {
    kinesis.close();
    kinesis.closeAllConnections();
    expect((await post('{"event":"x"}')).status).toBe(504);
  });
});

describe('a packed body', () => {
  const send = (body: Buffer, encoding: string) =>
    fetch(`${url}/v1/track`, { method: 'POST', headers: { authorization: 'Basic x', 'content-encoding': encoding }, body: new Uint8Array(body) });

  it.each([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['identity', (text: string) => Buffer.from(text)],
  ])('is unpacked before model and template: %s', async (encoding, pack) => {
    expect((await send(pack('{"event":"x"}'), encoding)).status).toBe(200);
    expect(JSON.parse(kinesisRequest!.body)).toEqual({ key: 'k1', body: { event: 'x' } });
    expect((await send(pack('{"evnt":"x"}'), encoding)).status).toBe(400);
  });

  it.each([
    ['text that is no gzip', Buffer.from('{"event":"x"}'), 'gzip', 415],
    ['a gzip that ends early', gzipSync('{"event":"x"}').subarray(0, 20), 'gzip', 415],
    ['another coding', Buffer.from('{"event":"x"}'), 'br', 415],
    ['a property of objects as coding', Buffer.from('{"event":"x"}'), 'constructor', 415],
    ['a small body of more than 10 MB', gzipSync(Buffer.alloc(10 * 1024 * 1024 + 1)), 'gzip', 413],
  ])('is refused: %s', async (_what, body, encoding, status) => {
    expect((await send(body, encoding)).status).toBe(status);
    expect(kinesisRequest).toBeUndefined();
  });
});

it('answers below its stage as well, as the address that AWS gives it', async () => {
  expect((await post('{"event":"x"}', {}, '/dev/v1/track')).status).toBe(200);
  expect((await post('{"event":"x"}', {}, '/other/v1/track')).status).toBe(403);
});

it('reads an empty body as {}', async () => {
  expect((await post('')).status).toBe(400);
  expect(await (await post('')).json()).toEqual({ message: 'Invalid request body' });
});

describe('errors of the gateway itself', () => {
  it.each([
    ['a wrong body', () => post('{}'), 400, { message: 'Invalid request body' }],
    ['no JSON', () => post('{'), 400, { message: 'Invalid request body' }],
    ['another content type', () => post('<x/>', { 'content-type': 'application/xml' }), 415, { message: 'Unsupported Media Type' }],
    ['an unknown path', () => post('{}', {}, '/v1/nope/x'), 403, { message: 'Missing Authentication Token' }],
    ['more than 10 MB', () => post('x'.repeat(10 * 1024 * 1024 + 1)), 413, { message: 'Request Too Long' }],
  ])('%s', async (_what, send, status, body) => {
    const answer = await send();
    expect([answer.status, await answer.json()]).toEqual([status, body]);
    expect(kinesisRequest).toBeUndefined();
  });

  it('no token, a refused one, and a broken authorizer are told apart', async () => {
    const none = await fetch(`${url}/v1/track`, { method: 'POST', body: '{}' });
    expect(none.status).toBe(401);
    authorizerAnswer = () => ({ policyDocument: { Statement: [] } });
    const denied = await post('{"event":"x"}', { authorization: 'Basic other' });
    expect([denied.status, await denied.json()]).toEqual([418, { error: 'who?' }]);
    authorizerAnswer = () => {
      throw new Error('down');
    };
    expect((await post('{"event":"x"}', { authorization: 'Basic third' })).status).toBe(500);
  });
});

describe('a usage plan', () => {
  const limited = async (usageIdentifierKey?: string) => {
    proxyAnswer = { statusCode: 200, body: '' };
    authorizerAnswer = () => ({ ...allow(), ...(usageIdentifierKey !== undefined && { usageIdentifierKey }) });
    const answer = await post('{}', { authorization: `Basic ${usageIdentifierKey}` }, '/v1/limited');
    return [answer.status, answer.status === 200 ? '' : ((await answer.json()) as { message: string }).message];
  };

  it('lets a burst through, then the rate, by the clock of the machine and for each key by itself', async () => {
    const sent = [];
    for (let count = 0; count < 3; count += 1) sent.push(await limited('value-of-a'));
    expect(sent).toEqual([[200, ''], [200, ''], [429, 'Too Many Requests']]);
    expect(await limited('value-of-b')).toEqual([200, '']);
    // The time of the people and campaigns runs faster than that of the machine.
    nowMs += 3_600_000;
    expect(await limited('value-of-a')).toEqual([429, 'Too Many Requests']);
    realNowMs += 2_000;
    expect(await limited('value-of-a')).toEqual([200, '']);
    expect(await limited('value-of-a')).toEqual([429, 'Too Many Requests']);
  });

  it('ends at the quota of the day, which begins anew at midnight UTC; what was throttled does not count', async () => {
    const send = async () => {
      realNowMs += 10_000;
      return limited('value-of-a');
    };
    const sent = [];
    for (let count = 0; count < 4; count += 1) sent.push((await send())[0]);
    expect(sent).toEqual([200, 200, 200, 200]);
    expect(await send()).toEqual([429, 'Limit Exceeded']);
    nowMs = 86_400_000;
    expect(await send()).toEqual([200, '']);
  });

  it('is asked for: a request whose API key nobody names or knows is refused', async () => {
    expect(await limited()).toEqual([403, 'Forbidden']);
    expect(await limited('value-of-c')).toEqual([403, 'Forbidden']);
    expect((await post('{"event":"x"}')).status).toBe(200);
  });
});

it('throttles a method by its own setting, whoever asks', async () => {
  proxyAnswer = { statusCode: 200, body: '' };
  const ask = async () => (await fetch(`${url}/v1/x`)).status;
  expect([await ask(), await ask(), await ask(), await ask()]).toEqual([200, 200, 200, 429]);
  expect((await post('{"event":"x"}')).status).toBe(200);
  realNowMs += 500;
  expect([await ask(), await ask()]).toEqual([200, 429]);
});

describe('other integrations', () => {
  it('answers a preflight', async () => {
    const answer = await fetch(`${url}/v1/track`, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('access-control-max-age')]).toEqual([204, '7200']);
  });

  it('passes a request to its function, and the answer back', async () => {
    proxyAnswer = {
      statusCode: 201,
      headers: { 'Content-Type': 'text/html' },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: Buffer.from('<p>').toString('base64'),
      isBase64Encoded: true,
    };
    const answer = await fetch(`${url}/v1/a%20b?x=1&x=2`);
    expect([answer.status, await answer.text(), answer.headers.get('content-type'), answer.headers.getSetCookie()]).toEqual([
      201,
      '<p>',
      'text/html',
      ['a=1', 'b=2'],
    ]);
    expect(events.at(-1)).toMatchObject({
      resource: '/v1/{token}',
      path: '/v1/a%20b',
      httpMethod: 'GET',
      pathParameters: { token: 'a b' },
      queryStringParameters: { x: '2' },
      multiValueQueryStringParameters: { x: ['1', '2'] },
      body: null,
      isBase64Encoded: false,
      requestContext: { requestTimeEpoch: 1_000, identity: { sourceIp: '127.0.0.1' } },
    });
  });

  it('is a 502 when the function answers something else', async () => {
    proxyAnswer = 'hello';
    expect((await fetch(`${url}/v1/x`)).status).toBe(502);
  });
});
