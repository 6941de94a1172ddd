import type { Stages } from '../../lambdas/schemas/stages.ts';
import { readEndpoints } from '../../local/stack/endpoints.ts';
import { createResolver } from '../../local/step-functions/intrinsics.ts';
import { localClients, stageClients } from './clients.ts';
import type { Context } from './context.ts';
import { deployedLocally, deployedStack } from './deployed.ts';
import type { Where } from './options.ts';
import { synthesiseWanted, type Wanted } from './synth.ts';

/** Which account stands in for AWS in the names of the local runtime. */
const localAccount = '000000000000';

/** What the checks look at. @throws Error when no Segue runs with the data folder; ShopError when the shop has faults */
export async function findContext(where: Where, stages: Stages): Promise<Context> {
  return 'dataDir' in where ? localContext(where.dataDir, () => synthesiseWanted(stages, { local: true })) : stageContext(where.stageName, stages, await synthesiseWanted(stages, { stage: where.stageName }));
}

export function stageContext(stageName: string, stages: Stages, { template, config }: Pick<Wanted, 'template' | 'config'>): Context {
  const stage = stages[stageName]!;
  const clients = stageClients(stage.region);
  return { stageName, stage, config, template, clients, deployed: deployedStack(clients.cloudformation, stageName), isLocal: false, nowMs: Date.now };
}

/** @param wantedOf is asked when a Segue runs there */
export async function localContext(dataDir: string, wantedOf: () => Promise<Wanted>): Promise<Context> {
  const endpoints = readEndpoints(dataDir);
  const { template, local, config, stage } = await wantedOf();
  const resolver = createResolver(local, { region: endpoints.region, accountId: localAccount, apiUrl: endpoints.url });
  return {
    stageName: 'dev',
    stage,
    config,
    template,
    clients: localClients(endpoints),
    deployed: deployedLocally(dataDir, endpoints.url, (logicalId) => resolver.ref(logicalId)),
    isLocal: true,
    nowMs: Date.now,
  };
}
