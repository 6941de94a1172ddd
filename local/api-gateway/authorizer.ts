import type { Authorizer } from './template.ts';

export type Verdict =
  | { kind: 'allowed'; context: Record<string, string> }
  | { kind: 'missing' }
  | { kind: 'denied' }
  /** The authorizer failed or answered something that is no policy. */
  | { kind: 'broken'; message: string };

interface Policy {
  principalId?: string;
  policyDocument?: { Statement?: Statement | Statement[] };
  context?: Record<string, string | number | boolean>;
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

/** API Gateway's TOKEN authorizer: the token's form is checked first, and the policy that the function gives is cached by token. */
export function createAuthorizerCheck({ invoke, nowMs }: AuthorizerDeps) {
  const cache = new Map<string, { policy: Policy; untilMs: number }>();
  return async (authorizer: Authorizer, token: string | undefined, methodArn: string): Promise<Verdict> => {
    if (!token || (authorizer.identityPattern !== undefined && !new RegExp(authorizer.identityPattern).test(token)))
      return { kind: 'missing' };
    const cacheKey = `${authorizer.id} ${token}`;
    const cached = cache.get(cacheKey);
    let policy = cached && cached.untilMs > nowMs() ? cached.policy : undefined;
    if (!policy) {
      try {
        policy = (await invoke(authorizer.functionArn, { type: 'TOKEN', authorizationToken: token, methodArn })) as Policy;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        // This one error message means "unauthorized"; all others are failures.
        return message === 'Unauthorized' ? { kind: 'missing' } : { kind: 'broken', message };
      }
      if (!policy?.policyDocument?.Statement) return { kind: 'broken', message: 'the authorizer gave no policy' };
      if (authorizer.cacheSeconds > 0) cache.set(cacheKey, { policy, untilMs: nowMs() + authorizer.cacheSeconds * 1000 });
    }
    if (!allows([policy.policyDocument!.Statement!].flat(), methodArn)) return { kind: 'denied' };
    const context = Object.fromEntries(Object.entries(policy.context ?? {}).map(([key, value]) => [key, String(value)]));
    return { kind: 'allowed', context: { ...context, principalId: policy.principalId ?? '' } };
  };
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
