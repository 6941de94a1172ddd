import { StartExecutionCommand, StopExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { StartWorkflow, StopWorkflow } from '../domain/effects.ts';
import type { WorkflowInput } from '../schemas/workflow.ts';

/** Starts and stops executions. Both can be repeated: names are deterministic. */
export interface Workflows {
  start(userKey: string, effect: StartWorkflow): Promise<void>;
  stop(effect: StopWorkflow): Promise<void>;
}

/** @param arnPrefix what all state machine ARNs begin with; the campaign's name follows */
export function createWorkflows(client: SFNClient, arnPrefix: string): Workflows {
  return {
    async start(userKey, { campaign, key, entryAtMs, executionName }) {
      const input: WorkflowInput = { campaign, userKey, key, entryAtMs, executionName };
      await unless('ExecutionAlreadyExists', () =>
        client.send(new StartExecutionCommand({ stateMachineArn: arnPrefix + campaign, name: executionName, input: JSON.stringify(input) })),
      );
    },
    async stop({ campaign, executionName, cause }) {
      const executionArn = `${arnPrefix.replace(':stateMachine:', ':execution:')}${campaign}:${executionName}`;
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
