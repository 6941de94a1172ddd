import { paginateGetUsagePlans } from '@aws-sdk/client-api-gateway';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createControlStore } from '../../../lambdas/adapters/control-store.ts';
import { defaultPlanName, keySources } from '../../../lambdas/schemas/key-limits.ts';
import { listWriteKeys } from '../../keys/write-keys.ts';
import type { Check } from '../context.ts';
import { counted, named, ok, orOk, putBack, warning, wrong } from '../finding.ts';
import { tableOf } from './api.ts';

export const writeKeys: Check = {
  name: 'write keys',
  permissions: ['dynamodb:Query'],
  async run({ clients, template, deployed, stageName }) {
    const keys = await listWriteKeys(DynamoDBDocumentClient.from(clients.dynamodb), await tableOf({ template, deployed }, 'ControlTable'));
    const missing = keySources.filter((source) => !keys.some((key) => key.source === source));
    return orOk(
      missing.map((source) => warning(`there is no ${source} key`, `npm run keys -- create --source ${source} --stage ${stageName}`)),
      keySources.map((source) => counted(keys.filter((key) => key.source === source).length, `${source} key`)).join(', '),
    );
  },
};

export const usagePlans: Check = {
  name: 'usage plans',
  permissions: ['apigateway:GET'],
  async run({ clients, stageName }) {
    const names = new Set<string | undefined>();
    for await (const { items = [] } of paginateGetUsagePlans({ client: clients.apigateway }, {})) for (const { name } of items) names.add(name);
    const missing = keySources.map((source) => defaultPlanName(stageName, source)).filter((name) => !names.has(name));
    return missing.length > 0
      ? wrong(`API Gateway has no usage plan ${named(missing)}: write keys are answered with 503`, putBack(stageName))
      : ok('write keys have their limits');
  },
};

export const campaigns: Check = {
  name: 'campaigns',
  permissions: ['dynamodb:GetItem'],
  async run({ clients, config, template, deployed, stageName, isLocal }) {
    const control = createControlStore(DynamoDBDocumentClient.from(clients.dynamodb), await tableOf({ template, deployed }, 'ControlTable'));
    const names = Object.keys(config.campaigns);
    const states = await Promise.all(names.map(async (name) => ({ name, state: await control.campaignState(name) })));
    return orOk(
      states.flatMap(({ name, state }) => (state === 'running' ? [] : [warning(`campaign ${name} is ${state}`, `npm run campaign -- resume ${name} ${isLocal ? '--local' : `--stage ${stageName}`}`)])),
      `none of ${names.length} is paused or stopped`,
    );
  },
};
