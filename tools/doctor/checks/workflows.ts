import { DescribeStateMachineCommand, paginateListStateMachines } from '@aws-sdk/client-sfn';
import type { Check, Context } from '../context.ts';
import { counted, named, orOk, putBack, warning, wrong, type Finding } from '../finding.ts';
import { resourcesOf } from '../template.ts';

interface MachineProperties {
  StateMachineName: string;
  DefinitionString: string;
}

/** ARNs of the stage's state machines, by name. */
async function machinesOf({ clients, stageName }: Context): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { stateMachines = [] } of paginateListStateMachines({ client: clients.states }, {})) {
    for (const { name = '', stateMachineArn = '' } of stateMachines) if (name.startsWith(`segue-${stageName}-`)) found.set(name, stateMachineArn);
  }
  return found;
}

export const workflows: Check = {
  name: 'workflows',
  permissions: ['states:ListStateMachines'],
  async run(context) {
    const { template, stageName } = context;
    const wanted = resourcesOf<MachineProperties>(template, 'AWS::StepFunctions::StateMachine').map(([, { StateMachineName }]) => StateMachineName);
    const found = await machinesOf(context);
    const missing = wanted.filter((name) => !found.has(name));
    const extra = [...found.keys()].filter((name) => !wanted.includes(name));
    const faults: Finding[] = [
      ...(missing.length > 0 ? [wrong(`no state machine ${named(missing)}: their campaigns start nothing`, putBack(stageName))] : []),
      ...(extra.length > 0 ? [warning(`no campaign of segue.config.ts has the state machine ${named(extra)}`, `npm run deploy -- --stage ${stageName}, which ends its workflows and deletes it`)] : []),
    ];
    return orOk(faults, `${counted(wanted.length, 'state machine')}, as segue.config.ts says`);
  },
};

export const definitions: Check = {
  name: 'definitions',
  permissions: ['states:ListStateMachines', 'states:DescribeStateMachine'],
  async run(context) {
    const { clients, template, stageName } = context;
    const found = await machinesOf(context);
    const faults = await Promise.all(
      resourcesOf<MachineProperties>(template, 'AWS::StepFunctions::StateMachine').map(async ([, { StateMachineName: name, DefinitionString }]): Promise<Finding[]> => {
        const stateMachineArn = found.get(name);
        if (stateMachineArn === undefined) return [];
        const { definition = '', status } = await clients.states.send(new DescribeStateMachineCommand({ stateMachineArn }));
        if (status === 'DELETING') return [wrong(`${name} is being deleted, which takes until its last workflow has ended`, 'docs/runbook.md; npm run campaign -- retire ends them')];
        return sameDefinition(definition, DefinitionString) ? [] : [wrong(`${name} was changed outside of this folder`, `copy the change into statemachines/ and deploy, or undo it: ${putBack(stageName)}`)];
      }),
    );
    return orOk(faults.flat(), 'state machines are as their files say');
  },
};

/** The deployed one has ARNs where the file has `${SendEmailArn}` and its like. */
function sameDefinition(deployed: string, file: string): boolean {
  const normal = (text: string): string => {
    try {
      return JSON.stringify(JSON.parse(text.replaceAll(/\$\{\w+\}|arn:aws[\w-]*:lambda:[\w-]+:\d*:function:[\w-]+/g, 'FUNCTION')));
    } catch {
      return text;
    }
  };
  return normal(deployed) === normal(file);
}
