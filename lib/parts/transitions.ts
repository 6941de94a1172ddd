import { Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { allow } from './stage-function.ts';

const busName = 'default';

/** What a function needs to publish segment changes: nothing, unless the config asks for it. */
export function transitionPublishing(scope: IConstruct, isWanted: boolean): { environment: { EVENT_BUS?: string }; allow: PolicyStatement[] } {
  if (!isWanted) return { environment: {}, allow: [] };
  const bus = Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: busName });
  return { environment: { EVENT_BUS: busName }, allow: [allow(['events:PutEvents'], [bus], { StringEquals: { 'events:source': 'segue' } })] };
}
