import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { readBody } from './body.ts';
import type { Plans, StoredPlan } from './plans.ts';

const maxRequestBytes = 64 * 1024;
const newId = (): string => randomBytes(5).toString('hex');

class ControlError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
const notFound = (what: string) => new ControlError(404, 'NotFoundException', `Invalid ${what} Identifier specified`);

interface Patch {
  op: string;
  path: string;
  value?: string;
}

interface Call {
  ids: string[];
  query: URLSearchParams;
  body: Record<string, unknown>;
}

/** The management calls of API Gateway on API keys and usage plans, as far as `npm run keys` makes them. */
export function createControlServer(plans: Plans): Server {
  const planOf = (id: string | undefined): StoredPlan => {
    const plan = plans.plans().find((one) => one.id === id);
    if (!plan) throw notFound('Usage Plan');
    return plan;
  };
  const keyOf = (id: string | undefined) => {
    const key = plans.keys().find((one) => one.id === id);
    if (!key) throw notFound('API Key');
    return key;
  };
  const shown = ({ keyIds: _, ...plan }: StoredPlan) => plan;

  const routes: [method: string, path: RegExp, status: number, answer: (call: Call) => object | undefined][] = [
    ['GET', /^\/apikeys$/, 200, ({ query }) => ({ item: plans.keys().filter(({ name }) => name.startsWith(query.get('name') ?? '')).map(({ value: _, ...key }) => key) })],
    ['POST', /^\/apikeys$/, 201, ({ body }) => {
      const key = { id: newId(), name: String(body.name), value: String(body.value) };
      // "API key values must be unique."
      if (plans.keys().some(({ value }) => value === key.value)) throw new ControlError(409, 'ConflictException', 'API Key already exists');
      if (!/^[\w-]{20,128}$/.test(key.value)) throw new ControlError(400, 'BadRequestException', 'API Key value should be at least 20 characters');
      plans.addKey(key);
      return key;
    }],
    ['DELETE', /^\/apikeys\/([^/]+)$/, 202, ({ ids: [id] }) => void plans.removeKey(keyOf(id).id)],
    ['GET', /^\/usageplans$/, 200, ({ query }) => ({ item: plans.plans().filter(({ keyIds }) => !query.has('keyId') || keyIds.includes(query.get('keyId') ?? '')).map(shown) })],
    ['POST', /^\/usageplans$/, 201, ({ body }) => {
      const plan = { ...body, id: newId(), keyIds: [] } as unknown as StoredPlan;
      plans.putPlan(plan);
      return shown(plan);
    }],
    ['PATCH', /^\/usageplans\/([^/]+)$/, 200, ({ ids: [id], body }) => {
      const changed = (body.patchOperations as Patch[]).reduce(patched, planOf(id));
      plans.putPlan(changed);
      return shown(changed);
    }],
    ['DELETE', /^\/usageplans\/([^/]+)$/, 202, ({ ids: [id] }) => {
      const { apiStages, id: planId } = planOf(id);
      const stages = apiStages.map(({ apiId, stage }) => `${apiId}:${stage}`).join();
      if (stages !== '') throw new ControlError(400, 'BadRequestException', `Cannot delete Usage Plan ${planId} because there are API Stages associated with it, including ${stages}`);
      plans.removePlan(planId);
      return undefined;
    }],
    ['POST', /^\/usageplans\/([^/]+)\/keys$/, 201, ({ ids: [id], body }) => {
      const [plan, key] = [planOf(id), keyOf(String(body.keyId))];
      const isTaken = plans.plans().some(({ keyIds, apiStages }) => keyIds.includes(key.id) && apiStages.some(({ apiId, stage }) => plan.apiStages.some((one) => one.apiId === apiId && one.stage === stage)));
      if (isTaken) throw new ControlError(409, 'ConflictException', 'A given API key can be associated with one usage plan for a stage');
      plans.putPlan({ ...plan, keyIds: [...plan.keyIds, key.id] });
      return { id: key.id, type: 'API_KEY', name: key.name, value: key.value };
    }],
    ['DELETE', /^\/usageplans\/([^/]+)\/keys\/([^/]+)$/, 202, ({ ids: [id, keyId] }) => {
      const plan = planOf(id);
      if (!plan.keyIds.includes(keyId ?? '')) throw notFound('Usage Plan Key');
      plans.putPlan({ ...plan, keyIds: plan.keyIds.filter((one) => one !== keyId) });
      return undefined;
    }],
  ];

  return createServer((request, response) => {
    const answer = async () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://local');
      const body = (await readBody(request, maxRequestBytes)) ?? '';
      for (const [method, path, status, act] of routes) {
        const found = method === request.method ? path.exec(pathname) : null;
        if (found) return { status, body: act({ ids: found.slice(1).map(decodeURIComponent), query: searchParams, body: body === '' ? {} : (JSON.parse(body) as Record<string, unknown>) }) };
      }
      throw new ControlError(501, 'NotImplementedException', `${request.method} ${pathname}: the local API Gateway knows API keys and usage plans alone`);
    };
    answer()
      .then(({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body)))
      .catch((error: unknown) => {
        const { status, code, message } = error instanceof ControlError ? error : new ControlError(500, 'InternalFailure', String(error));
        response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': code }).end(JSON.stringify({ message }));
      });
  });
}

function patched(plan: StoredPlan, { op, path, value = '' }: Patch): StoredPlan {
  if (op === 'remove' && path === '/apiStages') return { ...plan, apiStages: plan.apiStages.filter(({ apiId, stage }) => `${apiId}:${stage}` !== value) };
  if (op === 'replace' && plan.throttle && /^\/throttle\/(rateLimit|burstLimit)$/.test(path)) return { ...plan, throttle: { ...plan.throttle, [path.slice('/throttle/'.length)]: Number(value) } };
  if (op === 'replace' && plan.quota && path === '/quota/limit') return { ...plan, quota: { ...plan.quota, limit: Number(value) } };
  throw new ControlError(400, 'BadRequestException', `Invalid patch path '${path}' specified for op '${op}'`);
}
