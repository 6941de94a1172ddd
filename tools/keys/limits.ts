import {
  CreateApiKeyCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  DeleteApiKeyCommand,
  DeleteUsagePlanCommand,
  UpdateUsagePlanCommand,
  paginateGetApiKeys,
  paginateGetUsagePlans,
  type APIGatewayClient,
  type UsagePlan,
} from '@aws-sdk/client-api-gateway';
import { burstOf, defaultPlanName, keyResourceName, type KeyLimits, type KeySource } from '../../lambdas/schemas/key-limits.ts';

/** Limits as somebody asks for them; what is left out is as in the stage's plan. */
export type AskedLimits = Partial<Pick<KeyLimits, 'perSecond' | 'perDay'>>;

/** Which write key of which stage. `usageKey` is the value of its API key, which the authorizer names. */
export interface LimitedKey {
  stage: string;
  keyId: string;
  source: KeySource;
  usageKey: string;
}

/**
 * Makes the API key of a write key, and puts it into the plan of its source; with limits of its own, into a plan of its own.
 * @returns the limits, where they are its own
 * @throws Error when the stage has no plans, or the limits do not fit each other
 */
export async function createLimits(client: APIGatewayClient, key: LimitedKey, asked: AskedLimits): Promise<KeyLimits | undefined> {
  const plans = await plansOf(client, key.stage);
  const shared = defaultPlan(plans, key);
  const own = ownLimits(asked, limitsOf(shared));
  const name = keyResourceName(key.stage, key.keyId);
  const description = `Write key ${key.keyId} of Segue`;
  try {
    const { id: apiKeyId } = await client.send(new CreateApiKeyCommand({ name, value: key.usageKey, enabled: true, description }));
    const plan = own ? await client.send(new CreateUsagePlanCommand({ name, description, apiStages: shared.apiStages, ...planOf(own) })) : shared;
    await client.send(new CreateUsagePlanKeyCommand({ usagePlanId: plan.id, keyId: apiKeyId, keyType: 'API_KEY' }));
  } catch (error) {
    await removeLimits(client, key).catch(() => undefined);
    throw error;
  }
  return own;
}

/** Gives a key other limits, or with none those of its source: takes it out of its plan and puts it into another. For some seconds in between, its requests are answered with 503. */
export async function changeLimits(client: APIGatewayClient, key: LimitedKey, asked: AskedLimits): Promise<KeyLimits | undefined> {
  // Before anything is taken away.
  ownLimits(asked, limitsOf(defaultPlan(await plansOf(client, key.stage), key)));
  await removeLimits(client, key);
  return createLimits(client, key, asked);
}

/**
 * Deletes the API key of a write key, and its plan if it had one of its own.
 * @returns was there an API key?
 */
export async function removeLimits(client: APIGatewayClient, { stage, keyId }: Pick<LimitedKey, 'stage' | 'keyId'>): Promise<boolean> {
  const name = keyResourceName(stage, keyId);
  const keys = (await apiKeysOf(client, name)).filter((key) => key.name === name);
  for (const { id } of keys) await deleteApiKey(client, id);
  for (const plan of await plansOf(client, stage)) if (plan.name === name) await deletePlan(client, plan);
  return keys.length > 0;
}

/**
 * Deletes everything that `keys` has made in API Gateway for a stage, before its stack is deleted.
 * @returns how many API keys and plans
 */
export async function releaseStage(client: APIGatewayClient, stage: string): Promise<{ keys: number; plans: number }> {
  const prefix = keyResourceName(stage, '');
  const ofStack = keyResourceName(stage, 'shared-');
  const keys = (await apiKeysOf(client, prefix)).filter(({ name = '' }) => !name.startsWith(ofStack));
  for (const { id } of keys) await deleteApiKey(client, id);
  const plans = (await plansOf(client, stage)).filter(({ name = '' }) => name.startsWith(prefix));
  for (const plan of plans) await deletePlan(client, plan);
  return { keys: keys.length, plans: plans.length };
}

/** `20 a second, bursts of 100, 1,000,000 a day` */
export const limitsText = ({ perSecond, burst, perDay }: KeyLimits): string => `${perSecond} a second, bursts of ${burst}, ${perDay.toLocaleString('en-US')} a day`;

async function apiKeysOf(client: APIGatewayClient, nameQuery: string): Promise<{ id?: string; name?: string }[]> {
  const keys: { id?: string; name?: string }[] = [];
  for await (const { items = [] } of paginateGetApiKeys({ client }, { nameQuery })) keys.push(...items);
  return keys;
}

async function plansOf(client: APIGatewayClient, stage: string): Promise<UsagePlan[]> {
  const plans: UsagePlan[] = [];
  for await (const { items = [] } of paginateGetUsagePlans({ client }, {})) plans.push(...items);
  return plans.filter(({ name = '' }) => name.startsWith(`segue-${stage}-`));
}

function defaultPlan(plans: readonly UsagePlan[], { stage, source }: LimitedKey): UsagePlan {
  const name = defaultPlanName(stage, source);
  const found = plans.find((plan) => plan.name === name);
  if (found === undefined) throw new Error(`no usage plan ${name} in this account and region: deploy stage ${stage} with this version first`);
  return found;
}

function limitsOf({ throttle, quota }: UsagePlan): KeyLimits {
  return { perSecond: throttle?.rateLimit ?? 0, burst: throttle?.burstLimit ?? 0, perDay: quota?.limit ?? 0 };
}

function ownLimits(asked: AskedLimits, shared: KeyLimits): KeyLimits | undefined {
  if (asked.perSecond === undefined && asked.perDay === undefined) return undefined;
  const { perSecond = shared.perSecond, perDay = shared.perDay } = asked;
  return { perSecond, burst: asked.perSecond === undefined ? shared.burst : burstOf(perSecond), perDay };
}

const planOf = ({ perSecond, burst, perDay }: KeyLimits) => ({ throttle: { rateLimit: perSecond, burstLimit: burst }, quota: { limit: perDay, period: 'DAY' as const } });

const deleteApiKey = (client: APIGatewayClient, apiKey: string | undefined) => client.send(new DeleteApiKeyCommand({ apiKey }));

/** A plan can only be deleted when no stage refers to it: https://github.com/aws/aws-sdk-js/issues/3841 */
async function deletePlan(client: APIGatewayClient, { id, apiStages = [] }: UsagePlan): Promise<void> {
  const patchOperations = apiStages.map(({ apiId, stage }) => ({ op: 'remove' as const, path: '/apiStages', value: `${apiId}:${stage}` }));
  if (patchOperations.length > 0) await client.send(new UpdateUsagePlanCommand({ usagePlanId: id, patchOperations }));
  await client.send(new DeleteUsagePlanCommand({ usagePlanId: id }));
}
