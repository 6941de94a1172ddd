import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { stageNamePattern } from '../lambdas/schemas/stages.ts';

const colonArn = ArnFormat.COLON_RESOURCE_NAME;

/**
 * Checks the name of a deployment stage.
 * @throws Error naming the value and what is allowed
 */
export function checkStageName(value: unknown): string {
  if (typeof value === 'string' && stageNamePattern.test(value)) return value;
  throw new Error(
    `stage ${JSON.stringify(value)}: must be 1 to 20 lower-case letters and digits, starting with a letter, such as dev or prod`,
  );
}

/** Stages whose data somebody lives on: their tables cannot be deleted by accident, and objects of their archive not overwritten for good. */
export const isProduction = (stageName: string): boolean => stageName.startsWith('prod') || stageName === 'live';

/** Name of a resource that people look for or that ARNs are built from: `segue-<stage>-<name>`. */
export function resourceName(stageName: string, name: string): string {
  return `segue-${stageName}-${name}`;
}

/** Prefix of the stage's state machine ARNs; a state machine file's name follows. */
export function stateMachineArnPrefix(scope: IConstruct, stageName: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: resourceName(stageName, ''),
    arnFormat: colonArn,
  });
}

/** ARN pattern of all executions of the stage's state machines. */
export function executionArnPattern(scope: IConstruct, stageName: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${resourceName(stageName, '*')}:*`,
    arnFormat: colonArn,
  });
}
