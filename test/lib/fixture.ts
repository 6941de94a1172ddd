import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { SegueStack, type SegueStackProps } from '../../lib/segue-stack.ts';
import config from '../../examples/bookstore/segue.config.ts';

/** The stack of the example shop, without bundling its functions. */
export function exampleStack(props: Partial<SegueStackProps> = {}): SegueStack {
  return new SegueStack(new App(), 'Segue-test', {
    stageName: 'test',
    config,
    definitionFolder: join(import.meta.dirname, '../../examples/bookstore/statemachines'),
    code: () => Code.fromInline('export const handler = () => {};'),
    ...props,
  });
}

export const templateOf = (stack: SegueStack): Template => Template.fromStack(stack);

let known: Template | undefined;

/** What the example shop becomes as it is; synthesised once for all tests of a worker, which only read it. */
export const exampleTemplate = (): Template => (known ??= templateOf(exampleStack()));

export interface Resource {
  Type: string;
  // CloudFormation has no types here; tests assert on what they read.
  Properties: any;
  DeletionPolicy?: string;
}

export function resourcesOf(template: Template, type: string): [id: string, resource: Resource][] {
  return Object.entries(template.findResources(type)) as [string, Resource][];
}

/** The function with that name, by the name of its stage. */
export function functionOf(template: Template, stage: string): [id: string, resource: Resource] {
  const found = resourcesOf(template, 'AWS::Lambda::Function').find(
    ([, { Properties }]) => Properties.FunctionName === `segue-test-${stage}`,
  );
  if (!found) throw new Error(`no function for ${stage}`);
  return found;
}

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}

export const actionsOf = (statement: Statement): string[] => [statement.Action].flat();

/** What a role may do, by the logical id of the role. */
export function statementsOf(template: Template, roleId: string): Statement[] {
  return resourcesOf(template, 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => Properties.Roles.some((role: { Ref: string }) => role.Ref === roleId))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);
}
