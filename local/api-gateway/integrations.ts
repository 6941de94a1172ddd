import { gatewayAnswer, unquoted, type HttpAnswer } from './responses.ts';
import { functionOf, type ApiTemplate, type Integration, type IntegrationResponse } from './template.ts';
import { renderTemplate, type GatewayContext } from './vtl.ts';

export interface GatewayRequest {
  method: string;
  /** Of the API's resource, such as `/u/{token}`. */
  resource: string;
  path: string;
  pathParameters: Record<string, string>;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: string;
  context: GatewayContext;
}

export interface IntegrationDeps {
  api: ApiTemplate;
  invoke(functionArn: string, event: unknown): Promise<unknown>;
  /** Endpoint of the AWS services that the API calls by itself. */
  endpoints: { kinesis: string };
}

export function runIntegration(integration: Integration, request: GatewayRequest, deps: IntegrationDeps): Promise<HttpAnswer> {
  if (integration.Type === 'AWS_PROXY') return proxy(integration, request, deps);
  const template = requestTemplate(integration, request);
  if (template === undefined) return Promise.resolve(gatewayAnswer(deps.api.gatewayResponses, 'UNSUPPORTED_MEDIA_TYPE', request.context));
  return integration.Type === 'MOCK'
    ? Promise.resolve(mock(integration, template, request))
    : service(integration, template, request, deps);
}

/** @returns the mapping template for the request's content type, or `undefined` when it must be refused */
function requestTemplate(
  { RequestTemplates = {}, PassthroughBehavior = 'WHEN_NO_MATCH' }: Integration,
  { headers, method, body }: GatewayRequest,
): string | undefined {
  const isPreflight = method === 'OPTIONS' && body === '';
  const type = isPreflight ? 'application/json' : mediaType(headers['content-type']);
  const found = RequestTemplates[type];
  if (found !== undefined) return found;
  const passes =
    PassthroughBehavior === 'WHEN_NO_MATCH' || (PassthroughBehavior === 'WHEN_NO_TEMPLATES' && Object.keys(RequestTemplates).length === 0);
  return passes ? '$input.body' : undefined;
}

/** API Gateway takes `application/json` for a request that names no type. */
export const mediaType = (header: string | undefined): string => (header ?? 'application/json').split(';')[0]!.trim().toLowerCase();

function mock(integration: Integration, template: string, request: GatewayRequest): HttpAnswer {
  const rendered = renderTemplate(template, request.body, request.context);
  // CDK writes `{ statusCode: 200 }`, which API Gateway reads though it is not JSON.
  const status = /statusCode"?\s*:\s*(\d+)/.exec(rendered.body)?.[1] ?? '200';
  return mapped(responseFor(integration, status), '', request.context);
}

async function service(
  integration: Integration,
  template: string,
  request: GatewayRequest,
  { api, endpoints }: IntegrationDeps,
): Promise<HttpAnswer> {
  const action = /:kinesis:action\/(\w+)$/.exec(integration.Uri ?? '')?.[1];
  if (!action) throw new Error(`integration ${integration.Uri}: the local API calls Kinesis actions only`);
  const rendered = renderTemplate(template, request.body, request.context);
  const headers: Record<string, string> = {
    // kinesalite wants to see a signature and checks none.
    Authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/local/kinesis/aws4_request, SignedHeaders=host, Signature=local',
    'X-Amz-Date': '20260101T000000Z',
    'X-Amz-Target': `Kinesis_20131202.${action}`,
  };
  for (const [name, value] of Object.entries(integration.RequestParameters ?? {})) {
    const header = /^integration\.request\.header\.(.+)$/.exec(name)?.[1];
    if (header) headers[header] = unquoted(value);
  }
  let answer;
  try {
    answer = await fetch(endpoints.kinesis, { method: 'POST', headers, body: rendered.body });
  } catch {
    return gatewayAnswer(api.gatewayResponses, 'INTEGRATION_FAILURE', request.context);
  }
  return mapped(responseFor(integration, String(answer.status)), await answer.text(), request.context);
}

/** The response whose pattern matches the whole status; the one without a pattern is for all others. */
function responseFor({ IntegrationResponses = [] }: Integration, status: string): IntegrationResponse {
  const found =
    IntegrationResponses.find(({ SelectionPattern }) => SelectionPattern && new RegExp(`^(?:${SelectionPattern})$`).test(status)) ??
    IntegrationResponses.find(({ SelectionPattern }) => !SelectionPattern);
  if (!found) throw new Error(`no integration response for status ${status}`);
  return found;
}

function mapped(response: IntegrationResponse, body: string, context: GatewayContext): HttpAnswer {
  const template = response.ResponseTemplates?.['application/json'];
  const rendered = template === undefined ? { body, headers: {}, status: undefined } : renderTemplate(template, body, context);
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(response.ResponseParameters ?? {}))
    headers[name.replace('method.response.header.', '').toLowerCase()] = unquoted(value);
  for (const [name, value] of Object.entries(rendered.headers)) headers[name.toLowerCase()] = value;
  return { status: rendered.status ?? Number(response.StatusCode), headers, body: rendered.body };
}

interface ProxyAnswer {
  statusCode?: number;
  headers?: Record<string, string | number | boolean>;
  multiValueHeaders?: Record<string, string[]>;
  body?: string;
  isBase64Encoded?: boolean;
}

async function proxy(integration: Integration, request: GatewayRequest, { api, invoke }: IntegrationDeps): Promise<HttpAnswer> {
  const failed: HttpAnswer = { status: 502, headers: { 'content-type': 'application/json' }, body: '{"message": "Internal server error"}' };
  let answer: ProxyAnswer;
  try {
    answer = (await invoke(functionOf(integration.Uri ?? ''), proxyEvent(request, api))) as ProxyAnswer;
  } catch {
    return failed;
  }
  if (typeof answer?.statusCode !== 'number') return failed;
  const headers: HttpAnswer['headers'] = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(answer.headers ?? {})) headers[name.toLowerCase()] = String(value);
  for (const [name, values] of Object.entries(answer.multiValueHeaders ?? {})) headers[name.toLowerCase()] = values;
  return {
    status: answer.statusCode,
    headers,
    body: answer.isBase64Encoded ? Buffer.from(answer.body ?? '', 'base64') : (answer.body ?? ''),
  };
}

/** The event of a Lambda proxy integration, format 1.0. */
const proxyEvent = (request: GatewayRequest, api: ApiTemplate): object => ({
  ...requestFields(request, api),
  body: request.body === '' ? null : request.body,
  isBase64Encoded: false,
});

/** What a function is told of a request besides its body; a REQUEST authorizer as well. */
export function requestFields(
  { method, resource, path, pathParameters, query, headers, context }: Omit<GatewayRequest, 'body'>,
  { apiId, stageName }: Pick<ApiTemplate, 'apiId' | 'stageName'>,
): object {
  const orNull = (record: Record<string, unknown>) => (Object.keys(record).length === 0 ? null : record);
  const multiValue = Object.fromEntries([...new Set(query.keys())].map((key) => [key, query.getAll(key)]));
  return {
    resource,
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: orNull(Object.fromEntries(query)),
    multiValueQueryStringParameters: orNull(multiValue),
    pathParameters: orNull(pathParameters),
    stageVariables: null,
    requestContext: {
      ...context,
      apiId,
      stage: stageName,
      resourcePath: resource,
      httpMethod: method,
      path: `/${stageName}${path}`,
      protocol: 'HTTP/1.1',
    },
  };
}
