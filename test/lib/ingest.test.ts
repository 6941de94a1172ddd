import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { redemptionModel } from '../../lambdas/schemas/coupon.ts';
import { batchModel, callModel } from '../../lambdas/schemas/edge.ts';
import { callTypes } from '../../lambdas/schemas/event.ts';
import { exampleTemplate, functionOf, type Resource, resourcesOf, statementsOf } from './fixture.ts';

const template = exampleTemplate();
const resources = template.findResources('AWS::ApiGateway::Resource');
const methods = new Map(
  resourcesOf(template, 'AWS::ApiGateway::Method').map(([, method]) => [
    `${method.Properties.HttpMethod} ${pathOf(method.Properties.ResourceId)}`,
    method,
  ]),
);
const routes = [
  ...callTypes.map((type) => `v1/${type}`),
  // Segment's browser library knows the first letters.
  ...['t', 'i', 'p', 's', 'g', 'a'].map((letter) => `v1/${letter}`),
  ...['batch', 'b', 'import'].map((name) => `v1/${name}`),
  ...[...callTypes, 'batch'].map((name) => `beacon/v1/${name}`),
];
const contentTypes = ['application/json', 'text/plain', 'application/x-www-form-urlencoded'];
const isBatch = (route: string) => /\/(batch|b|import)$/.test(route);

function pathOf(id: { Ref?: string }): string {
  const resource = id.Ref === undefined ? undefined : resources[id.Ref];
  return resource ? `${pathOf(resource.Properties.ParentId)}/${resource.Properties.PathPart}` : '';
}

function method(route: string): Resource['Properties'] {
  const found = methods.get(route);
  if (!found) throw new Error(`no method ${route}; there are ${[...methods.keys()].join(', ')}`);
  return found.Properties;
}

describe.each(routes)('POST /%s', (route) => {
  const { Integration: integration, ...properties } = method(`POST /${route}`);

  it('asks the authorizer and validates the body before anything is stored', () => {
    expect(properties.AuthorizationType).toBe('CUSTOM');
    const validator = template.findResources('AWS::ApiGateway::RequestValidator')[properties.RequestValidatorId.Ref];
    expect(validator?.Properties.ValidateRequestBody).toBe(true);
  });

  it('[C2] counts the request for the usage plan of its key', () => {
    expect(properties.ApiKeyRequired).toBe(true);
  });

  it('checks JSON and browser beacons against the model of the schema', () => {
    expect(Object.keys(properties.RequestModels)).toEqual(contentTypes);
    for (const { Ref } of Object.values<{ Ref: string }>(properties.RequestModels)) {
      const model = template.findResources('AWS::ApiGateway::Model')[Ref];
      expect(model?.Properties.Schema).toEqual(isBatch(route) ? batchModel() : callModel());
    }
  });

  it('puts records itself, with a role that may do nothing else, and takes no other content type', () => {
    expect(integration).toMatchObject({
      Type: 'AWS',
      IntegrationHttpMethod: 'POST',
      PassthroughBehavior: 'NEVER',
      RequestParameters: { 'integration.request.header.Content-Type': "'application/x-amz-json-1.1'" },
    });
    expect(JSON.stringify(integration.Uri)).toContain(':kinesis:action/PutRecords');
    expect(Object.keys(integration.RequestTemplates)).toEqual(contentTypes);
    expect(statementsOf(template, integration.Credentials['Fn::GetAtt'][0])).toEqual([
      { Effect: 'Allow', Action: 'kinesis:PutRecords', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^StorageEvents/), 'Arn'] } },
    ]);
  });

  it('maps what Kinesis answers, and lets browsers read it', () => {
    const responses = integration.IntegrationResponses.map((response: Record<string, unknown>) => [
      response.StatusCode,
      response.SelectionPattern,
    ]);
    expect(responses).toEqual([
      ['200', undefined],
      ['413', '4\\d{2}'],
      ['503', '5\\d{2}'],
    ]);
    for (const { ResponseParameters } of integration.IntegrationResponses) {
      expect(ResponseParameters).toEqual({ 'method.response.header.Access-Control-Allow-Origin': "'*'" });
    }
    const declared = properties.MethodResponses.map(({ StatusCode, ResponseParameters }: Record<string, unknown>) => [
      StatusCode,
      ResponseParameters,
    ]);
    expect(declared).toEqual(
      ['200', '413', '503'].map((status) => [status, { 'method.response.header.Access-Control-Allow-Origin': true }]),
    );
  });

  it('answers a preflight that browsers keep for two hours', () => {
    const [{ ResponseParameters: headers }] = method(`OPTIONS /${route}`).Integration.IntegrationResponses;
    const allowed = headers['method.response.header.Access-Control-Allow-Headers'].slice(1, -1).split(',');
    // The star does not cover Authorization.
    expect(allowed).toEqual(expect.arrayContaining(['Authorization', 'Content-Type', 'AnonymousId', 'SentAt', 'X-Retry-Count', 'Rsa-Retry-Attempt', '*']));
    expect(headers['method.response.header.Access-Control-Allow-Origin']).toBe("'*'");
    expect(headers['method.response.header.Access-Control-Max-Age']).toBe("'7200'");
  });
});

it('renders each short route, and the import, as the long one', () => {
  const templates = (route: string) => method(`POST /${route}`).Integration.RequestTemplates;
  for (const type of callTypes) {
    expect(templates(`v1/${type[0]}`)).toEqual(templates(`v1/${type}`));
    expect(templates(`beacon/v1/${type}`)).toEqual(templates(`v1/${type}`));
    expect(templates(`v1/${type}`)['application/json']).toContain(`#set($type = '${type}')`);
  }
  for (const route of ['v1/b', 'v1/import', 'beacon/v1/batch']) expect(templates(route)).toEqual(templates('v1/batch'));
});

it('takes the key of a beacon from its query, and of all else from the header', () => {
  const typeOf = (route: string) => template.findResources('AWS::ApiGateway::Authorizer')[method(route).AuthorizerId.Ref]?.Properties;
  for (const route of routes) {
    const authorizer = typeOf(`POST /${route}`);
    if (route.startsWith('beacon/')) expect(authorizer).toMatchObject({ Type: 'REQUEST', IdentitySource: 'method.request.querystring.writeKey', AuthorizerResultTtlInSeconds: 300 });
    else expect(authorizer).toMatchObject({ Type: 'TOKEN', IdentitySource: 'method.request.header.Authorization' });
  }
});

it('has no other routes that write', () => {
  const writing = [...methods.keys()].filter((route) => !route.startsWith('OPTIONS'));
  expect(writing.sort()).toEqual([...routes.map((route) => `POST /${route}`), 'POST /v1/coupons/redeem', 'GET /r/{token}', 'GET /s/{token}', 'GET /u/{token}', 'POST /s/{token}', 'POST /u/{token}'].sort());
});

it('gives redemptions of coupons to their function, with a write key and a body that fits the schema', () => {
  const [redeem] = functionOf(template, 'redeem-coupon');
  const route = method('POST /v1/coupons/redeem');
  expect(route.AuthorizerId).toEqual(method('POST /v1/track').AuthorizerId);
  expect(route.AuthorizationType).toBe('CUSTOM');
  expect(route.Integration.Type).toBe('AWS_PROXY');
  expect(JSON.stringify(route.Integration.Uri)).toContain(redeem);
  expect(route.ApiKeyRequired).toBe(true);
  const model = template.findResources('AWS::ApiGateway::Model')[route.RequestModels['application/json'].Ref];
  expect(model?.Properties.Schema).toEqual(redemptionModel());
  expect(template.findResources('AWS::ApiGateway::RequestValidator')[route.RequestValidatorId.Ref]?.Properties.ValidateRequestBody).toBe(true);
});

it.each([
  ['u', 'unsubscribe'],
  ['s', 'answer-survey'],
] as const)('gives links below /%s to %s without a key', (path, stage) => {
  const [handler] = functionOf(template, stage);
  for (const verb of ['GET', 'POST']) {
    const link = method(`${verb} /${path}/{token}`);
    expect(link.AuthorizationType).toBe('NONE');
    expect(link.Integration.Type).toBe('AWS_PROXY');
    expect(JSON.stringify(link.Integration.Uri)).toContain(handler);
  }
});

it('keeps the answer about a write key for five minutes, and asks only about what can be one', () => {
  template.hasResourceProperties('AWS::ApiGateway::Authorizer', {
    Type: 'TOKEN',
    IdentitySource: 'method.request.header.Authorization',
    AuthorizerResultTtlInSeconds: 300,
  });
  const [token] = resourcesOf(template, 'AWS::ApiGateway::Authorizer').filter(([, { Properties }]) => Properties.Type === 'TOKEN');
  const pattern = new RegExp(token?.[1].Properties.IdentityValidationExpression);
  expect(`Basic ${Buffer.from('wk_abc:').toString('base64')}`).toMatch(pattern);
  expect('BASIC d2tfYWJjOg==').toMatch(pattern);
  expect('Bearer wk_abc').not.toMatch(pattern);
  expect('Basic ').not.toMatch(pattern);
});

it.each([
  ['BAD_REQUEST_BODY', '400', '{"error":"the body does not fit: $context.error.validationErrorString"}'],
  ['UNAUTHORIZED', '401', expect.stringContaining('write key is missing')],
  ['ACCESS_DENIED', '403', expect.stringContaining('write key is unknown')],
  ['REQUEST_TOO_LARGE', '413', expect.stringContaining('32 KB')],
  ['UNSUPPORTED_MEDIA_TYPE', '415', expect.stringContaining('application/json or text/plain')],
  ['INTEGRATION_FAILURE', '503', expect.stringContaining('again')],
  // An SDK sends again on 429 and 503, and drops its events on 403. A browser shows it Retry-After only by name.
  ['THROTTLED', '429', expect.stringContaining('Retry-After'), 5],
  ['QUOTA_EXCEEDED', '429', expect.stringContaining('midnight'), 900],
  ['INVALID_API_KEY', '503', expect.stringContaining('again'), 10],
])('answers %s with %s as {"error"}', (type, status, text, retryAfter?: number) => {
  const [, response] =
    resourcesOf(template, 'AWS::ApiGateway::GatewayResponse').find(([, { Properties }]) => Properties.ResponseType === type) ?? [];
  expect(response?.Properties.StatusCode).toBe(status);
  expect(response?.Properties.ResponseTemplates['application/json']).toEqual(text);
  expect(response?.Properties.ResponseParameters).toEqual({
    'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
    ...(retryAfter !== undefined && { 'gatewayresponse.header.Retry-After': `'${retryAfter}'`, 'gatewayresponse.header.Access-Control-Expose-Headers': "'Retry-After'" }),
  });
});

it('[L1] logs and traces accesses without query, body or token, and no bodies at all', () => {
  template.hasResourceProperties('AWS::ApiGateway::Stage', {
    StageName: 'test',
    // Traces of the API name the path, which is a token.
    TracingEnabled: false,
    MethodSettings: Match.arrayWith([Match.objectLike({ ResourcePath: '/*', DataTraceEnabled: false, LoggingLevel: 'ERROR', ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 })]),
  });
  const format: string = resourcesOf(template, 'AWS::ApiGateway::Stage')[0]?.[1].Properties.AccessLogSetting.Format;
  expect(format).toContain('$context.resourcePath');
  expect(format).not.toMatch(/\$context\.(path|requestOverride|identity|authorizer\.principalId)|\$input|querystring/);
});

it('[L1] [C1] throttles pages behind links of their own, and writes no execution log of their paths', () => {
  const [, stage] = resourcesOf(template, 'AWS::ApiGateway::Stage')[0]!;
  const settings = stage.Properties.MethodSettings as { ResourcePath: string; HttpMethod: string; LoggingLevel: string; ThrottlingRateLimit: number }[];
  const paths = new Map(resourcesOf(template, 'AWS::ApiGateway::Resource').map(([id, { Properties }]) => [id, Properties as { PathPart: string; ParentId: { Ref?: string } }]));
  const pathOf = (id: string): string => {
    const resource = paths.get(id);
    return resource === undefined ? '' : `${pathOf(resource.ParentId.Ref ?? '')}/${resource.PathPart}`;
  };
  const withoutKey = resourcesOf(template, 'AWS::ApiGateway::Method')
    .filter(([, { Properties }]) => Properties.HttpMethod !== 'OPTIONS' && Properties.AuthorizationType === 'NONE')
    .map(([, { Properties }]) => `${Properties.HttpMethod} /${pathOf(Properties.ResourceId.Ref).replaceAll('/', '~1')}`);
  expect(withoutKey.length).toBeGreaterThanOrEqual(5);
  const own = new Map(settings.map((one) => [`${one.HttpMethod} ${one.ResourcePath}`, one]));
  for (const route of withoutKey) expect({ route, ...own.get(route) }).toMatchObject({ route, LoggingLevel: 'OFF', ThrottlingRateLimit: 50 });
  // Whoever makes keys up asks the authorizer each time.
  const beacons = [...methods.keys()].filter((route) => route.startsWith('POST /beacon/')).map((route) => route.replace(/ (.*)/, (_, path: string) => ` /${path.replaceAll('/', '~1')}`));
  expect(beacons.length).toBeGreaterThan(5);
  for (const route of beacons) expect({ route, ...own.get(route) }).toMatchObject({ route, ThrottlingRateLimit: 100 });
});
