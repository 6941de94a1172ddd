import { DescribeRuleCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import type { Check } from '../context.ts';
import { counted, orOk, putBack, wrong, type Finding } from '../finding.ts';
import { resourcesOf } from '../template.ts';

interface ScheduleProperties {
  Name: string;
  ScheduleExpression: string;
}

const isMissing = (error: unknown): boolean => error instanceof Error && error.name === 'ResourceNotFoundException';

export const schedules: Check = {
  name: 'schedules',
  permissions: ['scheduler:GetSchedule'],
  async run({ clients, template, stageName }) {
    const wanted = resourcesOf<ScheduleProperties>(template, 'AWS::Scheduler::Schedule');
    const redeploy = putBack(stageName);
    const faults = await Promise.all(
      wanted.map(async ([, { Name, ScheduleExpression: expression }]): Promise<Finding[]> => {
        try {
          const { State, ScheduleExpression } = await clients.scheduler.send(new GetScheduleCommand({ Name }));
          if (State !== 'ENABLED') return [wrong(`the schedule ${Name} is ${State}`, `enable it in the EventBridge Scheduler console`)];
          return ScheduleExpression === expression ? [] : [wrong(`the schedule ${Name} runs at ${ScheduleExpression} in place of ${expression}`, redeploy)];
        } catch (error) {
          if (isMissing(error)) return [wrong(`the schedule ${Name} is gone`, redeploy)];
          throw error;
        }
      }),
    );
    return orOk(faults.flat(), `${counted(wanted.length, 'schedule')} are on`);
  },
};

interface RuleProperties {
  Name: string;
}

export const rules: Check = {
  name: 'rules',
  permissions: ['events:DescribeRule', 'events:ListTargetsByRule'],
  async run({ clients, template, stageName }) {
    const wanted = resourcesOf<RuleProperties>(template, 'AWS::Events::Rule');
    const redeploy = putBack(stageName);
    const faults = await Promise.all(
      wanted.map(async ([, { Name }]): Promise<Finding[]> => {
        try {
          const [{ State }, { Targets = [] }] = await Promise.all([clients.eventbridge.send(new DescribeRuleCommand({ Name })), clients.eventbridge.send(new ListTargetsByRuleCommand({ Rule: Name }))]);
          if (State === 'DISABLED') return [wrong(`the rule ${Name} is off: its events come to nothing`, `aws events enable-rule --name ${Name}`)];
          return Targets.length > 0 ? [] : [wrong(`the rule ${Name} has no target`, redeploy)];
        } catch (error) {
          if (isMissing(error)) return [wrong(`the rule ${Name} is gone`, redeploy)];
          throw error;
        }
      }),
    );
    return orOk(faults.flat(), `${counted(wanted.length, 'rule')} are on`);
  },
};
