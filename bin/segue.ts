import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundle } from '../lib/parts/bundle.ts';
import { readContext } from '../lib/context.ts';
import { SegueStack } from '../lib/segue-stack.ts';
import { configWarnings } from '../lambdas/schemas/config-warnings.ts';
import config from '../segue.config.ts';

for (const warning of configWarnings(config)) console.warn(`segue.config.ts: ${warning}`);

const app = new App();
const settings = readContext(app);

const stack = new SegueStack(app, `Segue-${settings.stageName}`, { ...settings, config, code: await bundle(config) });
Tags.of(stack).add('segue:stage', settings.stageName);

// A finding that no construct accepts with a reason fails the synth.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
