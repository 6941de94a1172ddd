import { GetAccountSettingsCommand, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { Check } from '../context.ts';
import { counted, ok, orOk, putBack, warning, wrong, type Finding } from '../finding.ts';
import { resourcesOf } from '../template.ts';

interface FunctionProperties {
  FunctionName: string;
}

export const functions: Check = {
  name: 'functions',
  permissions: ['lambda:GetFunctionConfiguration'],
  async run({ clients, template, stageName }) {
    const wanted = resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function');
    const redeploy = putBack(stageName);
    const faults = await Promise.all(
      wanted.map(async ([, { FunctionName }]): Promise<Finding[]> => {
        try {
          const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = await clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
          if (State === 'Failed') return [wrong(`${FunctionName} is ${State}: ${StateReason ?? ''}`, redeploy)];
          if (LastUpdateStatus === 'Failed') return [wrong(`the last update of ${FunctionName} failed: ${LastUpdateStatusReason ?? ''}`, redeploy)];
          return State === 'Pending' || LastUpdateStatus === 'InProgress' ? [warning(`${FunctionName} is being updated`, 'wait, and run this again')] : [];
        } catch (error) {
          if (error instanceof Error && error.name === 'ResourceNotFoundException') return [wrong(`${FunctionName} is gone`, redeploy)];
          throw error;
        }
      }),
    );
    return orOk(faults.flat(), `${counted(wanted.length, 'function')} are ready`);
  },
};

/** New accounts begin with 10, and get 1,000 on request: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const fewAtOnce = 100;

export const concurrency: Check = {
  name: 'concurrency',
  permissions: ['lambda:GetAccountSettings'],
  async run({ clients, stage: { shards } }) {
    const { AccountLimit } = await clients.lambda.send(new GetAccountSettingsCommand({}));
    const { ConcurrentExecutions: all = 0, UnreservedConcurrentExecutions: free = all } = AccountLimit ?? {};
    const text = `functions of this account may run ${free} times at once in this region${free < all ? `, and ${all - free} are reserved for others` : ''}`;
    if (free < Math.max(fewAtOnce, 2 * shards)) return warning(`${text}: when many workflows wake together, some wait`, 'ask for 1,000 concurrent executions of Lambda in the Service Quotas console; it is free');
    return ok(text);
  },
};

export const hold: Check = {
  name: 'hold',
  permissions: ['lambda:GetFunctionConfiguration'],
  async run({ clients, stageName, stage }) {
    const { Environment } = await clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: `segue-${stageName}-send-email` }));
    const isHeld = Environment?.Variables?.HOLD === 'true';
    const redeploy = `npm run deploy -- --stage ${stageName}`;
    if (isHeld !== stage.hold) return wrong(isHeld ? 'all mail is held, and stages.ts says that it is not' : 'mail goes out, and stages.ts says that it is held', redeploy);
    return isHeld ? warning('all mail is held, as stages.ts says', `set hold to false, then ${redeploy}, when mail shall go out`) : ok('mail goes out');
  },
};
