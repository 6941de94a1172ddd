import { StartExecutionCommand, StopExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { StartWorkflow, StopWorkflow } from '../domain/effects.ts';
import type { Config } from '../schemas/config.ts';
import type { WorkflowInput } from '../schemas/workflow.ts';

/** Starts and stops executions. Both can be repeated: names are deterministic. */
export interface Workflows {
  start(userKey: string, effect: StartWorkflow): Promise<void>;
  stop(effect: StopWorkflow): Promise<void>;
}

/** @param arnPrefix what all state machine ARNs begin with; the name of the campaign's file follows */
export function createWorkflows(client: SFNClient, arnPrefix: string, campaigns: Config['campaigns']): Workflows {
  const machineArn = (campaign: string) => arnPrefix + (campaigns[campaign]?.stateMachine ?? campaign);
  return {
    async start(userKey, { campaign, key, entryAtMs, executionName }) {
      const input: WorkflowInput = { campaign, userKey, key, entryAtMs, executionName };
      await unless('ExecutionAlreadyExists', () =>
        client.send(new StartExecutionCommand({ stateMachineArn: machineArn(campaign), name: executionName, input: JSON.stringify(input) })),
      );
    },
    async stop({ campaign, executionName, cause }) {
      const executionArn = `${machineArn(campaign).replace(':stateMachine:', ':execution:')}:${executionName}`;
      await unless('ExecutionDoesNotExist', () => client.send(new StopExecutionCommand({ executionArn, error: 'Exited', cause })));
    },
  };
}

async function unless(expected: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof Error && error.name === expected)) throw error;
  }
}
