import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createAuthorizerCheck } from './authorizer.ts';
import { gatewayAnswer, type GatewayErrorType, type HttpAnswer } from './responses.ts';
import { readBytes, unpackedBody } from './body.ts';
import { mediaType, requestFields, runIntegration, type IntegrationDeps } from './integrations.ts';
import { createModelCheck } from './models.ts';
import type { Plans } from './plans.ts';
import type { Method } from './template.ts';
import type { Place } from '../step-functions/intrinsics.ts';
import { createUsage } from './usage.ts';
import type { GatewayContext } from './vtl.ts';

export interface ApiDeps extends IntegrationDeps {
  nowMs(): number;
  /** The machine's own clock, by which rates are measured. */
  realNowMs(): number;
  place: Place;
  plans: Pick<Plans, 'planOf'>;
}

/** Largest request that API Gateway takes, packed or not. */
const maxBodyBytes = 10 * 1024 * 1024;

/** The REST API of the template. Requests go through API Gateway's steps in its order: route, throttle of the method, authorizer, usage plan, model, integration. */
export function createApi(deps: ApiDeps): (request: IncomingMessage, url: URL) => Promise<HttpAnswer> {
  const { api, place, nowMs, plans } = deps;
  const usage = createUsage(deps);
  const authorize = createAuthorizerCheck(deps);
  const checkModel = createModelCheck();
  return async (request, url) => {
    const context = contextOf(request, nowMs());
    const refuse = (type: GatewayErrorType, detail?: string) => gatewayAnswer(api.gatewayResponses, type, context, detail);
    const received = await readBytes(request, maxBodyBytes);
    if (received === undefined) return refuse('REQUEST_TOO_LARGE');
    const method = request.method ?? 'GET';
    const pathname = withoutStage(url.pathname, api.stageName);
    const found = route(api.methods, method, pathname);
    if (!found) return refuse('MISSING_AUTHENTICATION_TOKEN');

    const { authorizer, models, integration, path, throttle, needsApiKey } = found.method;
    const headers = headersOf(request);
    const resource = `/${path.join('/')}`;
    if (throttle && !usage.countMethod(`${method} ${resource}`, throttle)) return refuse('THROTTLED');
    const call = { method, resource, path: pathname, pathParameters: found.parameters, query: url.searchParams, headers, context };
    if (authorizer) {
      const methodArn = `arn:aws:execute-api:${place.region}:${place.accountId}:${api.apiId}/${api.stageName}/${method}${pathname}`;
      const verdict = await authorize(authorizer, { methodArn, headers, query: url.searchParams, request: requestFields(call, api) });
      if (verdict.kind === 'missing') return refuse('UNAUTHORIZED');
      if (verdict.kind === 'denied') return refuse('ACCESS_DENIED');
      if (verdict.kind === 'broken') return refuse('AUTHORIZER_FAILURE');
      context.authorizer = verdict.context;
      const plan = verdict.usageKey === undefined ? undefined : plans.planOf(verdict.usageKey);
      if (needsApiKey && plan === undefined) return refuse('INVALID_API_KEY');
      const counted = needsApiKey && plan ? usage.countKey(plan, verdict.usageKey ?? '') : 'counted';
      if (counted !== 'counted') return refuse(counted === 'throttled' ? 'THROTTLED' : 'QUOTA_EXCEEDED');
    }
    const unpacked = unpackedBody(received, headers['content-encoding'], maxBodyBytes);
    if (unpacked.kind === 'too-large') return refuse('REQUEST_TOO_LARGE');
    if (unpacked.kind === 'unknown') return refuse('UNSUPPORTED_MEDIA_TYPE');
    const { body } = unpacked;
    const model = models?.[mediaType(headers['content-type'])];
    if (model) {
      const parsed = parse(body);
      if (!('value' in parsed)) return refuse('BAD_REQUEST_BODY', parsed.problem);
      const problem = checkModel(model, parsed.value);
      if (problem !== undefined) return refuse('BAD_REQUEST_BODY', problem);
    }
    return runIntegration(integration, { ...call, body }, deps);
  };
}

/** The address that AWS gives an API starts with its stage, a domain of one's own does not; both work here. */
function withoutStage(pathname: string, stageName: string): string {
  const prefix = `/${stageName}/`;
  return pathname.startsWith(prefix) ? pathname.slice(prefix.length - 1) : pathname;
}

/** Fixed path parts win over `{parameters}`, as in API Gateway. */
function route(
  methods: readonly Method[],
  httpMethod: string,
  pathname: string,
): { method: Method; parameters: Record<string, string> } | undefined {
  const parts = pathname.split('/').filter((part) => part !== '');
  const candidates = methods
    .filter((method) => [httpMethod, 'ANY'].includes(method.httpMethod) && method.path.length === parts.length)
    .filter(({ path }) => path.every((part, index) => part.startsWith('{') || part === parts[index]))
    .sort((a, b) => variables(a) - variables(b));
  const method = candidates[0];
  if (!method) return undefined;
  const entries = method.path.flatMap((part, index) => (part.startsWith('{') ? [[part.slice(1, -1), decode(parts[index]!)] as const] : []));
  return { method, parameters: Object.fromEntries(entries) };
}

const variables = ({ path }: Method): number => path.filter((part) => part.startsWith('{')).length;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** An empty body is read as `{}`, as in the templates. */
function parse(body: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(body === '' ? '{}' : body) };
  } catch (error) {
    return { problem: `[the body is not JSON: ${(error as Error).message}]` };
  }
}

function contextOf(request: IncomingMessage, nowMs: number): GatewayContext & { authorizer?: Record<string, string> } {
  const userAgent = request.headers['user-agent'];
  const sourceIp = (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
  return {
    requestTimeEpoch: nowMs,
    requestId: randomUUID(),
    extendedRequestId: randomUUID().replaceAll('-', '').slice(0, 15) + '=',
    identity: { sourceIp, ...(userAgent !== undefined && { userAgent }) },
  };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
}
