import type { Authorizer } from './template.ts';

export type Verdict =
  /** `usageKey`: value of the API key for which the request counts. */
  | { kind: 'allowed'; context: Record<string, string>; usageKey?: string }
  | { kind: 'missing' }
  | { kind: 'denied' }
  /** The authorizer failed or answered something that is no policy. */
  | { kind: 'broken'; message: string };

interface Policy {
  principalId?: string;
  policyDocument?: { Statement?: Statement | Statement[] };
  context?: Record<string, string | number | boolean>;
  usageIdentifierKey?: string;
}

interface Statement {
  Effect?: string;
  Action?: string | string[];
  Resource?: string | string[];
}

export interface AuthorizerDeps {
  invoke(functionArn: string, event: unknown): Promise<unknown>;
  nowMs(): number;
}

/** What an authorizer looks at. */
export interface Caller {
  methodArn: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  query: URLSearchParams;
  /** What the event of a REQUEST authorizer holds besides its type and ARN. */
  request: object;
}

/**
 * API Gateway's Lambda authorizers. An identity that is missing, or a token that has not the form, is refused without asking the
 * function; the policy that the function gives is cached by all identity sources together.
 */
export function createAuthorizerCheck({ invoke, nowMs }: AuthorizerDeps) {
  const cache = new Map<string, { policy: Policy; untilMs: number }>();
  return async (authorizer: Authorizer, caller: Caller): Promise<Verdict> => {
    const { methodArn } = caller;
    const identities = authorizer.identitySources.map((source) => identityAt(source, caller));
    const [token] = identities;
    if (identities.some((identity) => !identity) || (authorizer.type === 'TOKEN' && !new RegExp(authorizer.identityPattern ?? '').test(token!)))
      return { kind: 'missing' };
    const cacheKey = JSON.stringify([authorizer.id, identities]);
    const cached = cache.get(cacheKey);
    let policy = cached && cached.untilMs > nowMs() ? cached.policy : undefined;
    if (!policy) {
      const event = authorizer.type === 'TOKEN' ? { type: 'TOKEN', authorizationToken: token, methodArn } : { type: 'REQUEST', methodArn, ...caller.request };
      try {
        policy = (await invoke(authorizer.functionArn, event)) as Policy;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        // The one error that means something: "no such user", not "something broke".
        return message === 'Unauthorized' ? { kind: 'missing' } : { kind: 'broken', message };
      }
      if (!policy?.policyDocument?.Statement) return { kind: 'broken', message: 'the authorizer gave no policy' };
      if (authorizer.cacheSeconds > 0) cache.set(cacheKey, { policy, untilMs: nowMs() + authorizer.cacheSeconds * 1000 });
    }
    if (!allows([policy.policyDocument!.Statement!].flat(), methodArn)) return { kind: 'denied' };
    const context = Object.fromEntries(Object.entries(policy.context ?? {}).map(([key, value]) => [key, String(value)]));
    const { principalId = '', usageIdentifierKey } = policy;
    return { kind: 'allowed', context: { ...context, principalId }, ...(usageIdentifierKey !== undefined && { usageKey: usageIdentifierKey }) };
  };
}

function identityAt(source: string, { headers, query }: Caller): string | undefined {
  const [, place, name = ''] = /^method\.request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (place === 'header') return headers[name.toLowerCase()];
  if (place === 'querystring') return query.get(name) ?? undefined;
  throw new Error(`identity source ${source}: the local API knows headers and the query`);
}

function allows(statements: readonly Statement[], methodArn: string): boolean {
  const effects = statements
    .filter(
      ({ Action, Resource }) =>
        [Action ?? []].flat().some((one) => matches(one, 'execute-api:Invoke')) &&
        [Resource ?? []].flat().some((one) => matches(one, methodArn)),
    )
    .map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(text);
}
