import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { accept, arnInFinding } from '../nag.ts';
import { executionArnPattern, resourceName, stateMachineArnPrefix } from '../names.ts';
import { allow } from './stage-function.ts';

/**
 * What it takes to carry out the fold's effects on this stage's workflows. By name and not by construct: a campaign that is
 * taken out of the config may still have executions to stop.
 */
export function workflowControl(scope: IConstruct, stageName: string): PolicyStatement[] {
  return [
    allow(['states:StartExecution'], [`${stateMachineArnPrefix(scope, stageName)}*`]),
    allow(['states:StopExecution'], [executionArnPattern(scope, stageName)]),
    resumePermission(scope, stageName),
  ];
}

/** To complete tasks that wait for an event. */
export const resumePermission = (scope: IConstruct, stageName: string): PolicyStatement =>
  allow(['states:SendTaskSuccess'], [`${stateMachineArnPrefix(scope, stageName)}*`]);

/** Accepts the wildcards of `workflowControl` in the policies below a construct. */
export function acceptWorkflowControl(scope: IConstruct, stageName: string): void {
  const machines = resourceName(stageName, '*');
  accept(
    scope,
    `IAM5[Resource::${arnInFinding('states', `stateMachine:${machines}`)}]`,
    'Covers the state machines of this stage only, one per campaign of the config.',
  );
  accept(
    scope,
    `IAM5[Resource::${arnInFinding('states', `execution:${machines}:*`)}]`,
    'Executions are named when they start, so the grant covers those of this stage.',
  );
}
