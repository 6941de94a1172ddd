import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { Construct } from 'constructs';
import type { Env, Stage } from '../../lambdas/schemas/env.ts';
import type { CodeOf } from './bundle.ts';
import { accept, arnInFinding } from '../nag.ts';
import { resourceName } from '../names.ts';
import { isTraced } from './tracing.ts';

export interface StageFunctionProps<S extends Stage> {
  stageName: string;
  stage: S;
  description: string;
  code: CodeOf;
  /** Exactly the variables of the stage's schema. */
  environment: Env<S>;
  /** All that the function may do, besides writing its own log and traces. */
  allow: PolicyStatement[];
  memoryMb: number;
  timeoutSeconds: number;
  /** Where an asynchronous invocation goes after its last attempt. */
  failures?: IQueue;
}

/** A Lambda function of the pipeline: ES module on Node 24 and arm64, with a log of its own and a role without managed policies. */
export class StageFunction<S extends Stage> extends Function {
  constructor(scope: Construct, id: string, props: StageFunctionProps<S>) {
    const name = resourceName(props.stageName, props.stage);
    const logName = `/segue/${props.stageName}/${props.stage}`;
    const logGroup = new LogGroup(scope, `${id}Log`, {
      logGroupName: logName,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const streams = `${logName}:log-stream:*`;
    const ownLog = Stack.of(scope).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: streams,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    for (const statement of [allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [ownLog]), ...props.allow]) role.addToPolicy(statement);

    super(scope, id, {
      functionName: name,
      description: props.description,
      code: props.code(props.stage),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: Duration.seconds(props.timeoutSeconds),
      environment: { ...props.environment } as Record<string, string>,
      role,
      logGroup,
      tracing: isTraced(scope) ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(props.failures && { onFailure: new SqsDestination(props.failures), retryAttempts: 2 }),
    });
    accept(
      role,
      `IAM5[Resource::${arnInFinding('logs', `log-group:${streams}`)}]`,
      'Lambda names the streams; the grant covers those of the own log group.',
    );
    if (isTraced(scope)) {
      accept(
        role,
        'IAM5[Resource::*]',
        'xray:PutTraceSegments and xray:PutTelemetryRecords have no resources that they could be restricted to.',
      );
    }
  }
}

/** One statement of a function's policy. */
export function allow(actions: string[], resources: string[], conditions?: Record<string, Record<string, string | string[]>>): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources, ...(conditions && { conditions }) });
}
