import { Stack, type Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, type ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { resourceName } from '../names.ts';
import { allow } from './stage-function.ts';

export interface FunctionScheduleProps {
  stageName: string;
  name: string;
  schedule: ScheduleExpression;
  target: IFunction;
  retryAttempts: number;
  maxEventAge: Duration;
  /** Receives runs that could not be delivered to the function. */
  failures?: IQueue;
}

/** Runs a function on a schedule, with a role that may invoke this one function. */
export function scheduleFunction(scope: Construct, props: FunctionScheduleProps): Schedule {
  const { stageName, name, schedule, target, retryAttempts, maxEventAge, failures } = props;
  const role = new Role(scope, 'SchedulerRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });
  role.addToPolicy(allow(['lambda:InvokeFunction'], [target.functionArn]));
  if (failures) role.addToPolicy(allow(['sqs:SendMessage'], [failures.queueArn]));
  return new Schedule(scope, 'Schedule', {
    scheduleName: resourceName(stageName, name),
    schedule,
    target: new LambdaInvoke(target, {
      // CDK would add every version and alias of the function.
      role: role.withoutPolicyUpdates(),
      retryAttempts,
      maxEventAge,
      ...(failures && { deadLetterQueue: failures }),
    }),
  });
}
