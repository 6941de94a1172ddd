import type { Check } from '../context.ts';
import { named, ok, warning, wrong } from '../finding.ts';
import { differences } from '../differences.ts';

export const stack: Check = {
  name: 'stack',
  permissions: ['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'],
  async run({ deployed, stageName }) {
    const found = await deployed.status();
    if (found === undefined || found.status === 'REVIEW_IN_PROGRESS') return wrong(`stage ${stageName} is not deployed in this account and region`, `npm run deploy -- --stage ${stageName}`);
    const { name, status, reason } = found;
    const text = `${name} is ${status}${reason === undefined ? '' : `: ${reason}`}`;
    if (/_IN_PROGRESS$/.test(status)) return warning(`${text}; what follows may change`, 'wait until the deployment has ended, and run this again');
    if (status === 'UPDATE_ROLLBACK_COMPLETE') return warning(`${text}: the last deployment failed, and the one before it runs`, 'read its events in the CloudFormation console, repair the cause and deploy again');
    if (/ROLLBACK|FAILED|DELETE/.test(status)) return wrong(text, 'read its events in the CloudFormation console; docs/runbook.md and docs/stages.md help');
    return ok(text);
  },
};

export const version: Check = {
  name: 'version',
  permissions: ['cloudformation:GetTemplate'],
  async run({ deployed, template, stageName, isLocal }) {
    const different = differences(await deployed.template(), template);
    if (different.length === 0) return ok('code, config and settings that are deployed are those of this folder');
    return wrong(
      `${different.length} of ${Object.keys(template.Resources).length} resources are not what this folder would deploy: ${named(different)}`,
      isLocal ? 'start Segue again' : `npm run deploy -- --stage ${stageName} (--diff shows the change), or check out what is deployed`,
    );
  },
};
