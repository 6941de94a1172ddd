import type { Resolver } from '../step-functions/intrinsics.ts';
import { methodThrottle, type MethodSetting } from './plans.ts';
import type { Throttle } from './usage.ts';

/** The resources of AWS::ApiGateway as the local API reads them. */
export interface Method {
  httpMethod: string;
  /** `/u/{token}`, cut at the slashes. */
  path: string[];
  authorizer?: Authorizer;
  /** Does the request count for the usage plan of the API key that the authorizer names? */
  needsApiKey: boolean;
  /** Of this method alone, whoever asks. */
  throttle?: Throttle;
  /** JSON Schema (draft 4) by content type; absent when the body is not validated. */
  models?: Record<string, object>;
  integration: Integration;
}

export interface Authorizer {
  id: string;
  type: 'TOKEN' | 'REQUEST';
  functionArn: string;
  /** Where the caller's identity stands, as `method.request.header.Authorization`; all of them must be there. */
  identitySources: string[];
  /** Of a TOKEN authorizer alone. */
  identityPattern?: string;
  cacheSeconds: number;
}

export interface Integration {
  Type: 'AWS' | 'AWS_PROXY' | 'MOCK';
  Uri?: string;
  PassthroughBehavior?: 'NEVER' | 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES';
  RequestTemplates?: Record<string, string>;
  RequestParameters?: Record<string, string>;
  IntegrationResponses?: IntegrationResponse[];
}

export interface IntegrationResponse {
  StatusCode: string;
  SelectionPattern?: string;
  ResponseTemplates?: Record<string, string>;
  ResponseParameters?: Record<string, string>;
}

export interface GatewayResponse {
  ResponseType: string;
  StatusCode?: string;
  ResponseTemplates?: Record<string, string>;
  ResponseParameters?: Record<string, string>;
}

export interface ApiTemplate {
  apiId: string;
  stageName: string;
  methods: Method[];
  gatewayResponses: GatewayResponse[];
}

interface MethodProperties {
  HttpMethod: string;
  ResourceId: string;
  AuthorizerId?: string;
  ApiKeyRequired?: boolean;
  RequestModels?: Record<string, string>;
  RequestValidatorId?: string;
  Integration: Integration;
}

interface AuthorizerProperties {
  Type: string;
  AuthorizerUri: string;
  IdentitySource: string;
  IdentityValidationExpression?: string;
  AuthorizerResultTtlInSeconds?: number;
}

/** @throws Error when the template has no REST API, or uses a kind of authorizer or integration that the local API does not know */
export function readApi(resolver: Resolver): ApiTemplate {
  const [apiId] = resolver.idsOf('AWS::ApiGateway::RestApi');
  if (!apiId) throw new Error('the template has no AWS::ApiGateway::RestApi');
  const [stageId] = resolver.idsOf('AWS::ApiGateway::Stage');
  const settings = stageId === undefined ? [] : (resolver.properties<{ MethodSettings?: MethodSetting[] }>(stageId).MethodSettings ?? []);
  const keySource = resolver.properties<{ ApiKeySourceType?: string }>(apiId).ApiKeySourceType;
  const models = new Map(
    resolver.idsOf('AWS::ApiGateway::Model').map((id) => [resolver.ref(id), resolver.properties<{ Schema: object }>(id).Schema] as const),
  );
  const authorizers = new Map(
    resolver.idsOf('AWS::ApiGateway::Authorizer').map((id) => [id, authorizer(id, resolver.properties<AuthorizerProperties>(id))]),
  );
  const methods = resolver.idsOf('AWS::ApiGateway::Method').map((id): Method => {
    const given = resolver.properties<MethodProperties>(id);
    if (!['AWS', 'AWS_PROXY', 'MOCK'].includes(given.Integration.Type))
      throw new Error(`${id}: integration type ${given.Integration.Type}; the local API knows AWS, AWS_PROXY and MOCK`);
    const validator = given.RequestValidatorId && resolver.properties<{ ValidateRequestBody?: boolean }>(given.RequestValidatorId);
    const found = given.AuthorizerId === undefined ? undefined : authorizers.get(given.AuthorizerId);
    const path = pathOf(resolver, apiId, given.ResourceId);
    const throttle = methodThrottle(settings, given.HttpMethod, `/${path.join('/')}`);
    if (given.ApiKeyRequired === true && keySource !== 'AUTHORIZER') throw new Error(`${id}: the local API takes API keys from authorizers alone`);
    return {
      httpMethod: given.HttpMethod,
      path,
      needsApiKey: given.ApiKeyRequired === true,
      ...(throttle && { throttle }),
      ...(found && { authorizer: found }),
      ...(validator && validator.ValidateRequestBody && { models: mapValues(given.RequestModels ?? {}, (name) => models.get(name) ?? {}) }),
      integration: given.Integration,
    };
  });
  const gatewayResponses = resolver.idsOf('AWS::ApiGateway::GatewayResponse').map((id) => resolver.properties<GatewayResponse>(id));
  return { apiId, stageName: stageId ? resolver.ref(stageId) : 'local', methods, gatewayResponses };
}

function authorizer(id: string, given: AuthorizerProperties): Authorizer {
  if (given.Type !== 'TOKEN' && given.Type !== 'REQUEST') throw new Error(`${id}: authorizer type ${given.Type}; the local API knows TOKEN and REQUEST`);
  return {
    id,
    type: given.Type,
    functionArn: functionOf(given.AuthorizerUri),
    identitySources: given.IdentitySource.split(',').map((source) => source.trim()),
    ...(given.IdentityValidationExpression !== undefined && { identityPattern: given.IdentityValidationExpression }),
    cacheSeconds: given.AuthorizerResultTtlInSeconds ?? 300,
  };
}

/** `arn:aws:apigateway:...:lambda:path/.../functions/<function ARN>/invocations` -> the function's ARN. */
export function functionOf(uri: string): string {
  const found = /\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
  if (!found) throw new Error(`${uri}: not the address of a Lambda function`);
  return found;
}

function pathOf(resolver: Resolver, apiId: string, resourceId: string): string[] {
  if (resourceId === `${apiId}/root`) return [];
  const { ParentId, PathPart } = resolver.properties<{ ParentId: string; PathPart: string }>(resourceId);
  return [...pathOf(resolver, apiId, ParentId), PathPart];
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
