import { SendTaskSuccessCommand, StartExecutionCommand, StopExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { StartWorkflow, StopWorkflow } from '../domain/profile/effects.ts';
import type { Config } from '../schemas/config.ts';
import type { WorkflowInput } from '../schemas/workflow.ts';

/** Starts and stops executions, and lets waiting ones go on. All can be repeated: names are deterministic, and a token works once. */
export interface Workflows {
  /** @returns false when the campaign is no longer in the config and its state machine does not exist */
  start(userKey: string, effect: StartWorkflow): Promise<boolean>;
  /** @param error what the execution and its status event then say; without one, that the person's exit has come */
  stop(effect: StopWorkflow, error?: string): Promise<void>;
  /** Resumes a waiting task. Has no effect when the task has timed out, was resumed before or was stopped. */
  resume(token: string, output: { happenedAtMs: number }): Promise<void>;
}

/** @param arnPrefix what all state machine ARNs begin with; the name of the campaign's file follows */
export function createWorkflows(client: SFNClient, arnPrefix: string, campaigns: Config['campaigns']): Workflows {
  const machineArn = (campaign: string) => arnPrefix + (campaigns[campaign]?.stateMachine ?? campaign);
  return {
    async start(userKey, { kind: _kind, executionName, ...entry }) {
      const input: WorkflowInput = { ...entry, userKey, executionName };
      // The campaign is in the config, so its state machine may be about to be deployed: a fault that goes away.
      const gone = Object.hasOwn(campaigns, entry.campaign) ? [] : ['StateMachineDoesNotExist', 'StateMachineDeleting'];
      const refusal = await unless(['ExecutionAlreadyExists', ...gone], () =>
        client.send(new StartExecutionCommand({ stateMachineArn: machineArn(entry.campaign), name: executionName, input: JSON.stringify(input) })),
      );
      return refusal === undefined || !gone.includes(refusal);
    },
    async stop({ campaign, executionName, cause }, error = 'Exited') {
      const executionArn = `${machineArn(campaign).replace(':stateMachine:', ':execution:')}:${executionName}`;
      await unless(['ExecutionDoesNotExist'], () => client.send(new StopExecutionCommand({ executionArn, error, cause })));
    },
    async resume(taskToken, output) {
      await unless(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'], () => client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })));
    },
  };
}

/** @returns the name of the error, when it is one of the expected ones */
async function unless(expected: string[], call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && expected.includes(error.name))) throw error;
    return error.name;
  }
}
