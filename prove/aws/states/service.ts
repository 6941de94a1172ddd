import { SendTaskSuccessCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Clock } from '../../time/clock.ts';
import type { Random } from '../../time/random.ts';
import type { Outcome } from '../lambda.ts';
import type { Definition } from './definition.ts';
import { StatesError } from './errors.ts';
import { Execution, type End } from './execution.ts';

/** Which task of which execution invokes a function. */
export interface TaskPlace {
  executionName: string;
  machine: string;
  state: string;
}

export interface Started {
  name: string;
  machine: string;
  arn: string;
  machineArn: string;
  input: string;
  startedAtMs: number;
  endedAtMs?: number;
  end?: End;
  execution: Execution;
}

interface Deps {
  clock: Clock;
  random: Random;
  /** What the ARNs of machines begin with. */
  arnPrefix: string;
  machines: ReadonlyMap<string, Definition>;
  invoke: (functionName: string, payload: unknown, place: TaskPlace) => Promise<Outcome>;
  onStart: (started: Started) => void;
  onState: (started: Started, state: string) => void;
  onEnd: (started: Started) => void;
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
const refusedName = /[\s<>{}[\]?*"#%\\^|~`$&,;:/]/;

/** Step Functions: standard workflows by name. */
export class StepFunctions {
  readonly executions = new Map<string, Started>();
  private readonly tokens = new Map<string, (result: { output: unknown } | { error: StatesError }) => void>();
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  handle(command: object): object {
    if (command instanceof StartExecutionCommand) return this.start(command.input);
    if (command instanceof StopExecutionCommand) return this.stop(command.input);
    if (command instanceof SendTaskSuccessCommand) return this.succeed(command.input);
    throw new Error(`the simulated Step Functions do not know ${command.constructor.name}`);
  }

  private start({ stateMachineArn = '', name = '', input = '{}' }: StartExecutionCommand['input']): object {
    const { clock, arnPrefix, machines, onStart } = this.deps;
    const machine = stateMachineArn.slice(arnPrefix.length);
    const definition = stateMachineArn.startsWith(arnPrefix) ? machines.get(machine) : undefined;
    if (definition === undefined) throw named('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    if (name.length < 1 || name.length > 80 || refusedName.test(name)) throw named('InvalidName', `Invalid Name: '${name}'`);
    JSON.parse(input);
    const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const known = this.executions.get(arn);
    if (known) {
      if (known.end !== undefined || known.input !== input) throw named('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
      return { executionArn: arn, startDate: new Date(known.startedAtMs) };
    }
    const startedAtMs = clock.now();
    const context = { Execution: { Id: arn, Name: name, StartTime: new Date(startedAtMs).toISOString(), Input: JSON.parse(input) as unknown }, StateMachine: { Id: stateMachineArn, Name: machine } };
    const execution = new Execution(definition, context, {
      now: () => clock.now(),
      after: (ms, action) => clock.after(ms, action),
      random: () => this.deps.random.next(),
      invoke: (functionName, payload, { state }) => this.invoke(functionName, payload, { executionName: name, machine, state }),
      token: (settle) => this.token(settle),
      onState: (state) => this.deps.onState(started, state),
      onEnd: (end) => {
        started.end = end;
        started.endedAtMs = clock.now();
        this.deps.onEnd(started);
      },
    });
    const started: Started = { name, machine, arn, machineArn: stateMachineArn, input, startedAtMs, execution };
    this.executions.set(arn, started);
    onStart(started);
    // The answer does not wait for the first state.
    clock.after(1, () => execution.start(JSON.parse(input)));
    return { executionArn: arn, startDate: new Date(startedAtMs) };
  }

  private stop({ executionArn = '', error, cause }: StopExecutionCommand['input']): object {
    const known = this.executions.get(executionArn);
    if (known === undefined) throw named('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
    known.execution.stop(error, cause);
    return { stopDate: new Date(this.deps.clock.now()) };
  }

  private succeed({ taskToken = '', output = '' }: SendTaskSuccessCommand['input']): object {
    const settle = this.tokens.get(taskToken);
    if (settle === undefined) throw named(/^token-\d+$/.test(taskToken) ? 'TaskTimedOut' : 'InvalidToken', `Task Timed Out: 'Provided task does not exist anymore'`);
    this.tokens.delete(taskToken);
    settle({ output: JSON.parse(output) as unknown });
    return {};
  }

  private tokenCount = 0;
  private token(settle: (result: { output: unknown } | { error: StatesError }) => void): string {
    this.tokenCount += 1;
    const token = `token-${this.tokenCount}`;
    this.tokens.set(token, settle);
    return token;
  }

  private async invoke(functionName: string, payload: unknown, place: TaskPlace): Promise<unknown> {
    const outcome = await this.deps.invoke(functionName, payload, place);
    if ('error' in outcome) throw new StatesError(outcome.error.name, outcome.error.message);
    return outcome.value;
  }
}
