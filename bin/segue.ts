import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundle } from '../lib/bundle.ts';
import { readContext } from '../lib/context.ts';
import { SegueStack } from '../lib/segue-stack.ts';
import config from '../segue.config.ts';

const app = new App();
const settings = readContext(app);

const stack = new SegueStack(app, `Segue-${settings.stageName}`, { ...settings, config, code: await bundle(config) });
Tags.of(stack).add('segue:stage', settings.stageName);

// A finding that no construct accepts with a reason fails the synth.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
