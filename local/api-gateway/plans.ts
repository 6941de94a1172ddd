import { isObject, readJsonFile, replaceFile } from '../storage/files.ts';
import type { Resolver } from '../step-functions/intrinsics.ts';
import type { Throttle, UsagePlan } from './usage.ts';

export interface ApiKey {
  id: string;
  name: string;
  value: string;
}

export interface StoredPlan extends UsagePlan {
  apiStages: { apiId: string; stage: string }[];
  /** Ids of its API keys. */
  keyIds: string[];
}

/** API keys and usage plans: those of the template, and those that `npm run keys` has made since. */
export interface Plans {
  keys(): readonly ApiKey[];
  plans(): readonly StoredPlan[];
  /** The plan of an API key by the key's value. */
  planOf(keyValue: string): UsagePlan | undefined;
  addKey(key: ApiKey): void;
  removeKey(id: string): void;
  putPlan(plan: StoredPlan): void;
  removePlan(id: string): void;
}

interface PlanProperties {
  UsagePlanName: string;
  ApiStages?: { ApiId: string; Stage: string }[];
  Throttle?: { RateLimit: number; BurstLimit: number };
  Quota?: { Limit: number; Period: string };
}

interface Stored {
  keys: ApiKey[];
  plans: StoredPlan[];
  /** Ids of what the template has, and somebody has deleted. */
  gone: string[];
}

const storedKind = {
  isValid: (value: unknown): value is Stored => isObject(value) && [value.keys, value.plans, value.gone].every(Array.isArray),
  advice: 'Delete it, and only the limits of the template are left; or restore it from a copy.',
};

/** @param file keeps what was made or changed; without one, nothing outlives the process */
export function openPlans(resolver: Resolver, file?: string): Plans {
  const known: Stored = (file !== undefined && readJsonFile(file, storedKind)) || { keys: [], plans: [], gone: [] };
  const save = () => file !== undefined && replaceFile(file, JSON.stringify(known, null, 2), 0o600);
  const ofTemplate = readTemplate(resolver);
  const together = <T extends { id: string }>(own: readonly T[], given: readonly T[]): T[] => {
    const ids = new Set([...own.map(({ id }) => id), ...known.gone]);
    return [...given.filter(({ id }) => !ids.has(id)), ...own];
  };
  const plans: Plans = {
    keys: () => together(known.keys, ofTemplate.keys),
    plans: () => together(known.plans, ofTemplate.plans),
    planOf(keyValue) {
      const key = plans.keys().find(({ value }) => value === keyValue);
      return key && plans.plans().find(({ keyIds }) => keyIds.includes(key.id));
    },
    addKey(key) {
      known.keys.push(key);
      save();
    },
    removeKey(id) {
      known.keys = known.keys.filter((key) => key.id !== id);
      known.plans = known.plans.map((plan) => ({ ...plan, keyIds: plan.keyIds.filter((keyId) => keyId !== id) }));
      known.gone.push(id);
      save();
    },
    putPlan(plan) {
      known.plans = [...known.plans.filter(({ id }) => id !== plan.id), plan];
      save();
    },
    removePlan(id) {
      known.plans = known.plans.filter((plan) => plan.id !== id);
      known.gone.push(id);
      save();
    },
  };
  return plans;
}

function readTemplate(resolver: Resolver): Pick<Stored, 'keys' | 'plans'> {
  const keys = resolver.idsOf('AWS::ApiGateway::ApiKey').map((id): ApiKey => {
    const { Name = id, Value = id } = resolver.properties<{ Name?: string; Value?: string }>(id);
    return { id: resolver.ref(id), name: Name, value: Value };
  });
  const members = resolver.idsOf('AWS::ApiGateway::UsagePlanKey').map((id) => resolver.properties<{ KeyId: string; UsagePlanId: string }>(id));
  const plans = resolver.idsOf('AWS::ApiGateway::UsagePlan').map((id): StoredPlan => {
    const { UsagePlanName, ApiStages = [], Throttle, Quota } = resolver.properties<PlanProperties>(id);
    const planId = resolver.ref(id);
    return {
      id: planId,
      name: UsagePlanName,
      ...(Throttle && { throttle: { rateLimit: Throttle.RateLimit, burstLimit: Throttle.BurstLimit } }),
      ...(Quota && { quota: { limit: Quota.Limit, period: Quota.Period } }),
      apiStages: ApiStages.map(({ ApiId, Stage }) => ({ apiId: ApiId, stage: Stage })),
      keyIds: members.filter(({ UsagePlanId }) => UsagePlanId === planId).map(({ KeyId }) => KeyId),
    };
  });
  return { keys, plans };
}

export interface MethodSetting {
  HttpMethod: string;
  /** With `~1` for each slash but the first. */
  ResourcePath: string;
  ThrottlingRateLimit?: number;
  ThrottlingBurstLimit?: number;
}

/** The throttle of a method by the settings of the stage: its own, else that of all methods. Either is for that method alone. */
export function methodThrottle(settings: readonly MethodSetting[], httpMethod: string, resource: string): Throttle | undefined {
  const path = `/${resource.replaceAll('/', '~1')}`;
  const own = settings.find((one) => one.HttpMethod === httpMethod && one.ResourcePath === path) ?? settings.find((one) => one.HttpMethod === '*' && one.ResourcePath === '/*');
  if (own?.ThrottlingRateLimit === undefined || own.ThrottlingBurstLimit === undefined) return undefined;
  return { rateLimit: own.ThrottlingRateLimit, burstLimit: own.ThrottlingBurstLimit };
}
