import { userInfo } from 'node:os';
import { SFNClient } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createWorkflows, type Workflows } from '../../lambdas/adapters/workflows.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { localCredentials } from '../../local/stack/aws-clients.ts';
import { readEndpoints } from '../../local/stack/endpoints.ts';
import { localTarget, stageTarget, type Target } from '../replay/target.ts';
import type { Options } from './options.ts';

/** The Segue whose people are looked at, and who looks. */
export interface PersonTarget extends Target {
  workflows: Pick<Workflows, 'stop'>;
  /** Name of the operator: their AWS identity, or their account on this machine. */
  who: string;
  close(): void;
}

/** @throws Error naming what was looked for */
export async function findPersonTarget(where: Options['where'], config: Config): Promise<PersonTarget> {
  const isLocal = 'dataDir' in where;
  const target = isLocal ? await localTarget(where.dataDir) : await stageTarget(where.stage);
  const { states, arnPrefix, who } = isLocal ? localWorkflows(where.dataDir) : await stageWorkflows(where.stage);
  return {
    ...target,
    who,
    workflows: createWorkflows(states, arnPrefix, config.campaigns),
    close: () => [target.documents, target.kinesis, target.s3, states].forEach((client) => client.destroy()),
  };
}

function localWorkflows(dataDir: string) {
  const { region, statesUrl, stateMachineArnPrefix: arnPrefix } = readEndpoints(dataDir);
  return { states: new SFNClient({ region, credentials: localCredentials, endpoint: statesUrl }), arnPrefix, who: userInfo().username };
}

async function stageWorkflows(stage: string) {
  const [states, sts] = [new SFNClient({}), new STSClient({})];
  const { Account, Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
  sts.destroy();
  const partition = Arn.split(':')[1] ?? 'aws';
  return { states, arnPrefix: `arn:${partition}:states:${await states.config.region()}:${Account}:stateMachine:segue-${stage}-`, who: Arn };
}
