import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { anonymousKey, knownKey } from '../../lambdas/domain/events/event.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { signingKeysName } from '../../lambdas/schemas/signing-keys.ts';
import { localCredentials } from '../../local/stack/aws-clients.ts';
import { readEndpoints } from '../../local/stack/endpoints.ts';
import { deployedStack } from '../doctor/deployed.ts';
import type { Where } from '../doctor/options.ts';
import { findPersonTarget, type PersonTarget } from '../person/target.ts';

/** One of those whom the smoke test mails. */
export interface Mailed {
  name: 'delivery' | 'bounce' | 'complaint' | 'to';
  userId: string;
  address: string;
  executionName?: string;
  sendId?: string;
}

/** The Segue under test, and what has been made in it so far. */
export interface World {
  target: PersonTarget;
  config: Config;
  stageName: string;
  isLocal: boolean;
  /** Without a slash at its end. */
  endpoint: string;
  states: SFNClient;
  machineArnPrefix: string;
  ssm: SSMClient;
  signingKeys: string;
  /** Undefined where there are no alarms. */
  cloudwatch?: CloudWatchClient;
  /** Stands in all ids that this run makes up. */
  run: string;
  startedAtMs: number;
  keys: { web: string; server: string; ids: string[] };
  /** Keys of all profiles that events of this run can make. */
  people: Set<string>;
  mailed: Mailed[];
  /** Message ids of all events that were taken, and texts that have to come through as they were sent. */
  messageIds: Set<string>;
  texts: Map<string, unknown>;
  /** Links of emails that were followed. */
  links: string[];
  /** Longest time to wait for something, in ms. */
  patienceMs: number;
  close(): void;
}

/** @throws Error naming what was looked for */
export async function findWorld(where: Where, region: string | undefined, config: Config, run: string): Promise<World> {
  // The clients of other tools read the region of the environment.
  if (region !== undefined) process.env.AWS_REGION = region;
  const isLocal = 'dataDir' in where;
  const target = await findPersonTarget(isLocal ? { dataDir: where.dataDir } : { stage: where.stageName }, config);
  const made = { run, startedAtMs: Date.now(), keys: { web: '', server: '', ids: [] }, people: new Set<string>(), mailed: [], links: [], messageIds: new Set<string>(), texts: new Map<string, unknown>() };
  const closing = (clients: { destroy(): void }[]) => () => {
    target.close();
    for (const client of clients) client.destroy();
  };
  if (isLocal) {
    const { region: place, url, statesUrl, parametersUrl, stateMachineArnPrefix } = readEndpoints(where.dataDir);
    const common = { region: place, credentials: localCredentials };
    const [states, ssm] = [new SFNClient({ ...common, endpoint: statesUrl }), new SSMClient({ ...common, ...(parametersUrl !== undefined && { endpoint: parametersUrl }) })] as const;
    return { ...made, target, config, stageName: 'dev', isLocal, endpoint: url, states, machineArnPrefix: stateMachineArnPrefix, ssm, signingKeys: signingKeysName('dev'), patienceMs: 60_000, close: closing([states, ssm]) };
  }
  const { stageName } = where;
  const [states, ssm, cloudwatch, cloudformation] = [new SFNClient({}), new SSMClient({}), new CloudWatchClient({}), new CloudFormationClient({})] as const;
  const endpoint = (await deployedStack(cloudformation, stageName).endpoint()).replace(/\/$/, '');
  const arn = target.who.split(':');
  const machineArnPrefix = `arn:${arn[1]}:states:${await states.config.region()}:${arn[4]}:stateMachine:segue-${stageName}-`;
  return { ...made, target, config, stageName, isLocal, endpoint, states, machineArnPrefix, ssm, signingKeys: signingKeysName(stageName), cloudwatch, patienceMs: 180_000, close: closing([states, ssm, cloudwatch, cloudformation]) };
}

/** A person of this run, whose profile is deleted at its end. */
export function known({ run, people }: World, name: string): { userId: string } {
  const userId = `segue-smoke-${run}-${name}`;
  people.add(knownKey(userId));
  return { userId };
}

/** A browser of this run. */
export function anonymous({ run, people }: World, name: string): { anonymousId: string } {
  const anonymousId = `segue-smoke-${run}-${name}`;
  people.add(anonymousKey(anonymousId));
  return { anonymousId };
}

/** Asks again until there is an answer. @throws Error that says what did not come */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, patienceMs: number): Promise<T> {
  const endMs = Date.now() + patienceMs;
  for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 1.5, 3000)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > endMs) throw new Error(`${what} did not come within ${Math.round(patienceMs / 1000)} s`);
    await sleep(pauseMs);
  }
}
