import { Stack, Validations, type CfnElement } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts one finding of cdk-nag on a construct and what is below it. The reason is for the reviewer of a deployment. */
export function accept(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason });
}

/** The ARN of a service's resource as cdk-nag writes it in the names of findings. */
export function arnInFinding(service: string, resource: string): string {
  return `arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${resource}`;
}

/** A reference to a construct's ARN as cdk-nag writes it in the names of findings. */
export function arnReferenceInFinding(construct: IConstruct): string {
  const stack = Stack.of(construct);
  return `<${String(stack.resolve((construct.node.defaultChild as CfnElement).logicalId))}.Arn>`;
}
