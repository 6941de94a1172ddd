import { ListExecutionsCommand, SFNClient, StopExecutionCommand, paginateListExecutions, paginateListStateMachines } from '@aws-sdk/client-sfn';
import { localCredentials } from '../../local/stack/aws-clients.ts';
import { readEndpoints } from '../../local/stack/endpoints.ts';

/** A deployed state machine of one stage. */
export interface Machine {
  /** Name of its file in `statemachines/`, without its ending. */
  name: string;
  arn: string;
}

/** The workflows of a stage, as an operator sees them. */
export interface Machines {
  list(): Promise<Machine[]>;
  /** Running executions. */
  running(machine: Machine): Promise<number>;
  /**
   * Ends all running executions.
   * @param onProgress called after each one, with how many have been ended so far
   * @returns how many there were
   */
  end(machine: Machine, cause: string, onProgress?: (ended: number) => void): Promise<number>;
  close(): void;
}

/** StopExecution takes 25 to 200 calls a second, by region; the client slows down where it is told to. */
const atOnce = 10;

/** @param prefix what the names of the stage's state machines begin with, such as `segue-prod-` */
export function createMachines(client: SFNClient, prefix: string): Machines {
  const stop = (executionArn: string, cause: string) =>
    // The execution has ended by itself, or its state machine is gone.
    client.send(new StopExecutionCommand({ executionArn, error: 'Retired', cause })).catch(unless('ExecutionDoesNotExist'));

  return {
    async list() {
      const found: Machine[] = [];
      for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {})) {
        for (const { name = '', stateMachineArn: arn = '' } of stateMachines) if (name.startsWith(prefix)) found.push({ name: name.slice(prefix.length), arn });
      }
      return found.sort((a, b) => a.name.localeCompare(b.name));
    },
    async running({ arn }) {
      let count = 0;
      try {
        for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn: arn, statusFilter: 'RUNNING', maxResults: 1000 })) count += executions.length;
      } catch (error) {
        unless('StateMachineDoesNotExist')(error);
      }
      return count;
    },
    async end({ arn }, cause, onProgress = () => undefined) {
      const ended = new Set<string>();
      for (;;) {
        // The first page anew each time, since what was on it is running no more; the list may be a moment behind.
        const page = await client.send(new ListExecutionsCommand({ stateMachineArn: arn, statusFilter: 'RUNNING', maxResults: 1000 })).catch(unless('StateMachineDoesNotExist'));
        const open = (page?.executions ?? []).map(({ executionArn = '' }) => executionArn).filter((execution) => !ended.has(execution));
        if (open.length === 0) return ended.size;
        const waiting = open.values();
        await Promise.all(
          Array.from({ length: atOnce }, async () => {
            for (const execution of waiting) {
              await stop(execution, cause);
              ended.add(execution);
              onProgress(ended.size);
            }
          }),
        );
      }
    },
    close: () => client.destroy(),
  };
}

/** Of a stage on AWS. @param region of the credentials' environment, unless given */
export const machinesOfStage = (stageName: string, region?: string): Machines =>
  createMachines(new SFNClient({ retryMode: 'adaptive', maxAttempts: 10, ...(region !== undefined && { region }) }), `segue-${stageName}-`);

/** Of the Segue that runs on this machine with a data folder. @throws Error when none runs */
export function localMachines(dataDir: string): Machines {
  const { region, statesUrl, stateMachineArnPrefix } = readEndpoints(dataDir);
  return createMachines(new SFNClient({ region, endpoint: statesUrl, credentials: localCredentials }), stateMachineArnPrefix.split(':').at(-1) ?? '');
}

function unless(name: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && error.name === name) return undefined;
    throw error;
  };
}
