import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { defineStages } from '../../lambdas/schemas/stages.ts';
import { defaultKeyLimits, shardCapacity, webRequest } from '../../lambdas/schemas/key-limits.ts';
import type { SegueStackProps } from '../../lib/segue-stack.ts';
import { exampleStack, functionOf, resourcesOf, templateOf } from './fixture.ts';

const made = (props: Partial<SegueStackProps> = {}) => templateOf(exampleStack(props));
const plansOf = (template: ReturnType<typeof made>) => Object.fromEntries(resourcesOf(template, 'AWS::ApiGateway::UsagePlan').map(([id, { Properties }]) => [Properties.UsagePlanName as string, { id, ...Properties }]));

const template = made();

describe('[C2] usage plans', () => {
  const plans = plansOf(template);

  it('are there for web and server keys, on the deployed stage', () => {
    expect(Object.keys(plans).sort()).toEqual(['segue-test-server-keys', 'segue-test-web-keys']);
    const [stageId] = resourcesOf(template, 'AWS::ApiGateway::Stage')[0]!;
    for (const plan of Object.values(plans)) expect(plan.ApiStages).toEqual([{ ApiId: expect.anything(), Stage: { Ref: stageId }, Throttle: {} }]);
    expect(plans['segue-test-web-keys']).toMatchObject({ Throttle: { RateLimit: 20, BurstLimit: 100 }, Quota: { Limit: 500_000, Period: 'DAY' } });
    expect(plans['segue-test-server-keys']).toMatchObject({ Throttle: { RateLimit: 40, BurstLimit: 200 }, Quota: { Limit: 2_000_000, Period: 'DAY' } });
  });

  it('have an API key that write keys without one of their own share, and the authorizer knows its value', () => {
    expect(template.findResources('AWS::ApiGateway::RestApi')).toMatchObject({ [Object.keys(template.findResources('AWS::ApiGateway::RestApi'))[0]!]: { Properties: { ApiKeySourceType: 'AUTHORIZER' } } });
    const [, { Properties }] = functionOf(template, 'authorize-key');
    const { SHARED_WEB_KEY, SHARED_SERVER_KEY } = Properties.Environment.Variables;
    for (const [value, plan] of [[SHARED_WEB_KEY, plans['segue-test-web-keys']], [SHARED_SERVER_KEY, plans['segue-test-server-keys']]]) {
      const [keyId] = resourcesOf(template, 'AWS::ApiGateway::ApiKey').find(([, key]) => key.Properties.Value === value)!;
      // "The value is an alphanumeric string between 20 and 128 characters", and unique in the account.
      expect(value).toMatch(/^[0-9a-f]{64}$/);
      expect(resourcesOf(template, 'AWS::ApiGateway::UsagePlanKey').map(([, key]) => key.Properties)).toContainEqual({ KeyId: { Ref: keyId }, KeyType: 'API_KEY', UsagePlanId: { Ref: plan!.id } });
    }
    expect(SHARED_WEB_KEY).not.toBe(SHARED_SERVER_KEY);
  });

  it('grow with the shards, and are what stages.ts says', () => {
    const { dev } = defineStages({ dev: { shards: 4, keyLimits: { web: { perSecond: 7.5 }, server: { perDay: 100 } } } });
    const own = plansOf(made({ shards: 4, keyLimits: dev!.keyLimits }));
    expect(own['segue-test-web-keys']).toMatchObject({ Throttle: { RateLimit: 7.5, BurstLimit: 38 }, Quota: { Limit: 2_000_000 } });
    expect(own['segue-test-server-keys']).toMatchObject({ Throttle: { RateLimit: 160, BurstLimit: 800 }, Quota: { Limit: 100 } });
  });
});

// The envelope: receive time, key, source, request id and the numbers around them.
const envelopeBytes = 300;

it.each([1, 2, 10, 200])('[C2] a web key that sends the largest requests leaves a seventh of %i shards free', (shards) => {
  const { perSecond } = defaultKeyLimits('web', shards);
  expect(perSecond * webRequest.events).toBeLessThanOrEqual(0.8 * shards * shardCapacity.records);
  expect(perSecond * (webRequest.bytes + webRequest.events * envelopeBytes)).toBeLessThanOrEqual((6 / 7) * shards * shardCapacity.bytes);
});

it('[C2] a server key that sends batches of 20 events of 1 KB leaves a fifth of the records free', () => {
  const { perSecond } = defaultKeyLimits('server', 1);
  expect(perSecond * 20).toBeLessThanOrEqual(0.8 * shardCapacity.records);
  expect(perSecond * 20 * (1024 + envelopeBytes)).toBeLessThanOrEqual(1.02 * shardCapacity.bytes);
});

it('stages.ts refuses limits that API Gateway would refuse', () => {
  const define = (keyLimits: object) => () => defineStages({ dev: { keyLimits } } as Parameters<typeof defineStages>[0]);
  expect(define({ web: { perSecond: 0 } })).toThrow('dev.keyLimits.web.perSecond: 0');
  expect(define({ server: { perDay: 1.5 } })).toThrow('dev.keyLimits.server.perDay: 1.5');
  expect(define({ server: { burst: 20_000 } })).toThrow('dev.keyLimits.server.burst: 20000');
  expect(define({ import: {} })).toThrow(/import/);
});

it('there is no web ACL unless stages.ts asks for one', () => {
  expect(resourcesOf(template, 'AWS::WAFv2::WebACL')).toEqual([]);
});

const wafOf = (waf: object) => defineStages({ dev: { waf } } as Parameters<typeof defineStages>[0]).dev!.waf!;

it('[C3] counts the requests of each address on the stage, and answers 429 so that SDKs send again', () => {
  const template = templateOf(exampleStack({ waf: wafOf({ requestsPerFiveMinutesPerAddress: 1000 }) }));
  const [aclId, acl] = resourcesOf(template, 'AWS::WAFv2::WebACL')[0]!;
  expect(acl.Properties).toMatchObject({ Scope: 'REGIONAL', DefaultAction: { Allow: {} } });
  expect(acl.Properties.Rules).toHaveLength(1);
  const [rule] = acl.Properties.Rules;
  expect(rule.Statement.RateBasedStatement).toEqual({ AggregateKeyType: 'IP', Limit: 1000, EvaluationWindowSec: 300 });
  const { ResponseCode, ResponseHeaders, CustomResponseBodyKey } = rule.Action.Block.CustomResponse;
  expect(ResponseCode).toBe(429);
  expect(JSON.parse(acl.Properties.CustomResponseBodies[CustomResponseBodyKey].Content)).toEqual({ error: expect.stringContaining('later') });
  expect(Object.fromEntries(ResponseHeaders.map(({ Name, Value }: { Name: string; Value: string }) => [Name, Value]))).toEqual({ 'Retry-After': '30', 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Retry-After' });
  const [, association] = resourcesOf(template, 'AWS::WAFv2::WebACLAssociation')[0]!;
  expect(association.Properties.WebACLArn).toEqual({ 'Fn::GetAtt': [aclId, 'Arn'] });
  const [stageId] = resourcesOf(template, 'AWS::ApiGateway::Stage')[0]!;
  expect(JSON.stringify(association.Properties.ResourceArn)).toMatch(new RegExp(`/restapis/.*${stageId}`));
});

it('[C3] does not count the addresses of the shop\'s own servers', () => {
  const template = templateOf(exampleStack({ waf: wafOf({ requestsPerFiveMinutesPerAddress: 1000, exceptAddresses: ['203.0.113.0/24', '2001:db8::/48', '198.51.100.7/32'] }) }));
  const sets = resourcesOf(template, 'AWS::WAFv2::IPSet').map(([id, { Properties }]) => ({ id, version: Properties.IPAddressVersion, addresses: Properties.Addresses }));
  expect(sets).toMatchObject([
    { version: 'IPV4', addresses: ['203.0.113.0/24', '198.51.100.7/32'] },
    { version: 'IPV6', addresses: ['2001:db8::/48'] },
  ]);
  const [, acl] = resourcesOf(template, 'AWS::WAFv2::WebACL')[0]!;
  const references = sets.map(({ id }) => ({ IPSetReferenceStatement: { Arn: { 'Fn::GetAtt': [id, 'Arn'] } } }));
  expect(acl.Properties.Rules[0].Statement.RateBasedStatement.ScopeDownStatement).toEqual({ NotStatement: { Statement: { OrStatement: { Statements: references } } } });
});

it('leaves cdk-nag nothing to find, and nothing to be excused', () => {
  const stack = exampleStack({ waf: wafOf({ requestsPerFiveMinutesPerAddress: 100, exceptAddresses: ['203.0.113.0/24'] }) });
  expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
});

it.each([[{}, 'requestsPerFiveMinutesPerAddress'], [{ requestsPerFiveMinutesPerAddress: 5 }, '5'], [{ requestsPerFiveMinutesPerAddress: 100, exceptAddresses: ['203.0.113.7'] }, '203.0.113.7']])('%j is refused', (waf, named) => {
  expect(() => wafOf(waf)).toThrow(named);
});
