import { join } from 'node:path';
import { Tags, type App } from 'aws-cdk-lib';
import { bundle } from '../../lib/parts/bundle.ts';
import { SegueStack } from '../../lib/segue-stack.ts';
import { readStage, type NamedStage } from '../../lib/stage.ts';
import type { Stages } from '../../lambdas/schemas/stages.ts';
import { checkedShop, type CheckedShop } from './check.ts';

export interface AddedStack extends CheckedShop {
  stack: SegueStack;
  stage: NamedStage;
}

/**
 * Adds the stack of one stage to an app, which names the stage and the folder of the shop in its context. All that synthesise a stage do
 * it here, so that what `npm run doctor` compares a deployment with is what would be deployed.
 * @throws ShopError with one line for each thing to change; Error when there is no such stage
 */
export async function addStack(app: App, stages: Stages, buildFolder?: string): Promise<AddedStack> {
  const named = readStage(app, stages);
  const { shop: folder, region, account, ...stage } = named;
  const env = { ...(region && { region }), ...(account && { account }) };
  const shop = await checkedShop(folder);
  const { config, definitionFolder, emails } = shop;
  // A folder for each shop, so that a demo of the example does not write where the owner's shop is being bundled.
  const folderName = folder === '.' ? 'own' : folder.replaceAll(/[^a-z0-9]+/gi, '-');
  const code = await bundle({ config, emails }, buildFolder ?? join(import.meta.dirname, '../../.build', folderName));
  const stack = new SegueStack(app, `Segue-${stage.stageName}`, { ...stage, env, config, definitionFolder, code });
  Tags.of(stack).add('segue:stage', stage.stageName);
  return { ...shop, stack, stage: named };
}
