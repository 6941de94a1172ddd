import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeStacksCommand, GetTemplateCommand, paginateListStackResources, type CloudFormationClient, type Stack } from '@aws-sdk/client-cloudformation';
import type { Deployed } from './context.ts';
import type { Template } from './template.ts';

/** What CloudFormation knows of a stage. Each question is asked once. */
export function deployedStack(client: CloudFormationClient, stageName: string): Deployed {
  const StackName = `Segue-${stageName}`;
  const describe = once(async (): Promise<Stack | undefined> => {
    try {
      return (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
    } catch (error) {
      // "Stack with id Segue-prod does not exist"
      if (error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist')) return undefined;
      throw error;
    }
  });
  const physicalIds = once(async () => {
    const found = new Map<string, string>();
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
      for (const { LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries) found.set(LogicalResourceId, PhysicalResourceId);
    }
    return found;
  });
  return {
    async status() {
      const stack = await describe();
      return stack && { name: StackName, status: stack.StackStatus ?? 'unknown', ...(stack.StackStatusReason !== undefined && { reason: stack.StackStatusReason }) };
    },
    async template() {
      const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName, TemplateStage: 'Original' }));
      return JSON.parse(TemplateBody) as Template;
    },
    async physicalId(logicalId) {
      const found = (await physicalIds()).get(logicalId);
      if (found === undefined) throw new Error(`the deployed stack has no ${logicalId}: deploy this version first`);
      return found;
    },
    async endpoint() {
      const found = (await describe())?.Outputs?.find(({ OutputKey }) => OutputKey === 'Endpoint')?.OutputValue;
      if (found === undefined) throw new Error('the deployed stack has no output Endpoint');
      return found;
    },
  };
}

/** What the local runtime has put into its data folder. @param refOf names a resource of the template as the runtime does */
export function deployedLocally(dataDir: string, url: string, refOf: (logicalId: string) => string): Deployed {
  return {
    status: async () => ({ name: `Segue in ${dataDir}`, status: 'RUNNING' }),
    template: async () => JSON.parse(readFileSync(join(dataDir, 'template.json'), 'utf8')) as Template,
    physicalId: async (logicalId) => refOf(logicalId),
    endpoint: async () => `${url}/`,
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}
