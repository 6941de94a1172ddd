import { join } from 'node:path';
import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundle } from '../lib/parts/bundle.ts';
import { SegueStack } from '../lib/segue-stack.ts';
import { readStage } from '../lib/stage.ts';
import stages from '../stages.ts';
import { endWithProblems } from '../tools/shop/errors.ts';
import { checkedShop } from '../tools/shop/check.ts';

const app = new App();
const { shop, region, account, ...stage } = readStage(app, stages);
const env = { ...(region && { region }), ...(account && { account }) };
const { config, definitionFolder, emails, warnings } = await checkedShop(shop).catch(endWithProblems);
for (const warning of warnings) console.warn(`segue.config.ts: ${warning}`);

// A folder for each shop, so that a demo of the example does not write where the owner's shop is being bundled.
const buildFolder = join(import.meta.dirname, '../.build', shop === '.' ? 'own' : shop.replaceAll(/[^a-z0-9]+/gi, '-'));
const code = await bundle({ config, emails }, buildFolder);
const stack = new SegueStack(app, `Segue-${stage.stageName}`, { ...stage, env, config, definitionFolder, code });
Tags.of(stack).add('segue:stage', stage.stageName);

// A finding that no construct accepts with a reason fails the synth.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
