import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import stages from '../stages.ts';
import { endWithProblems } from '../tools/shop/errors.ts';
import { addStack } from '../tools/shop/stack.ts';

const app = new App();
const { warnings } = await addStack(app, stages).catch(endWithProblems);
for (const warning of warnings) console.warn(`segue.config.ts: ${warning}`);

// A finding that no construct accepts with a reason fails the synth.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
