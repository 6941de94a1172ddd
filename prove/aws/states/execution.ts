import type { Timer } from '../../time/queue.ts';
import { holds } from './choice.ts';
import type { Definition, State, TaskState } from './definition.ts';
import { matchesError, StatesError } from './errors.ts';
import { filled, mustRead, narrowed, placed } from './paths.ts';
import { Retries } from './retry.ts';

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';

export interface End {
  status: Exclude<Status, 'RUNNING'>;
  output?: unknown;
  error?: string;
  cause?: string;
}

/** What an execution needs of the world around it. */
export interface Surroundings {
  now(): number;
  after(ms: number, action: () => void): Timer;
  random(): number;
  /** Invokes a function. @throws StatesError */
  invoke(functionName: string, payload: unknown, place: { state: string }): Promise<unknown>;
  /** Makes a token by which the task can be ended from outside. */
  token(settle: (result: { output: unknown } | { error: StatesError }) => void): string;
  onState(state: string): void;
  onEnd(end: End): void;
}

const invokeResource = 'arn:aws:states:::lambda:invoke';
const maxWaitMs = 99_999_999_000;

/** One execution of a state machine, as the Amazon States Language says. */
export class Execution {
  status: Status = 'RUNNING';
  private readonly definition: Definition;
  private readonly context: Record<string, unknown>;
  private readonly around: Surroundings;
  /** Whatever began before this was raised has no say any more. */
  private visit = 0;
  private timers: Timer[] = [];

  constructor(definition: Definition, context: Record<string, unknown>, around: Surroundings) {
    this.definition = definition;
    this.context = context;
    this.around = around;
  }

  start(input: unknown): void {
    if (this.definition.TimeoutSeconds !== undefined) this.around.after(this.definition.TimeoutSeconds * 1000, () => this.end({ status: 'TIMED_OUT', error: 'States.Timeout' }));
    this.enter(this.definition.StartAt, input);
  }

  /** From outside. */
  stop(error?: string, cause?: string): void {
    this.end({ status: 'ABORTED', ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) });
  }

  private end(end: End): void {
    if (this.status !== 'RUNNING') return;
    this.status = end.status;
    this.leave();
    this.around.onEnd(end);
  }

  private leave(): void {
    this.visit += 1;
    for (const timer of this.timers) timer.cancel();
    this.timers = [];
  }

  private enter(name: string, raw: unknown): void {
    if (this.status !== 'RUNNING') return;
    this.leave();
    this.around.onState(name);
    const state = this.definition.States[name] as State;
    this.guarded(() => this.carryOut(name, state, raw));
  }

  /** A path that leads nowhere, and the like, fails the execution. */
  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      this.end({ status: 'FAILED', error: error.name, cause: error.message });
    }
  }

  private carryOut(name: string, state: State, raw: unknown): void {
    const input = 'InputPath' in state ? narrowed(state.InputPath, raw, this.context) : raw;
    switch (state.Type) {
      case 'Succeed':
        return this.end({ status: 'SUCCEEDED', output: narrowed(state.OutputPath, input, this.context) });
      case 'Fail':
        return this.end({ status: 'FAILED', ...(state.Error !== undefined && { error: state.Error }), ...(state.Cause !== undefined && { cause: state.Cause }) });
      case 'Pass': {
        const result = state.Parameters !== undefined ? filled(state.Parameters, input, this.context) : (state.Result ?? input);
        return this.goOn(state, placed(state.ResultPath, input, result));
      }
      case 'Choice': {
        const next = state.Choices.find((rule) => holds(rule, input, this.context))?.Next ?? state.Default;
        if (next === undefined) throw new StatesError('States.NoChoiceMatched', `${name}: no choice matches`);
        return this.enter(next, narrowed(state.OutputPath, input, this.context));
      }
      case 'Wait': {
        const visit = this.visit;
        const ms = waitMs(state, input, this.context, this.around.now());
        this.timers.push(this.around.after(ms, () => this.visit === visit && this.guarded(() => this.goOn(state, input))));
        return;
      }
      case 'Task':
        return this.task(name, state, input, new Retries(state.Retry ?? [], () => this.around.random()));
    }
  }

  private goOn(state: { Next?: string; End?: boolean; OutputPath?: string | null }, result: unknown): void {
    const output = narrowed(state.OutputPath, result, this.context);
    if (state.Next === undefined) this.end({ status: 'SUCCEEDED', output });
    else this.enter(state.Next, output);
  }

  private task(name: string, state: TaskState, input: unknown, retries: Retries): void {
    this.leave();
    const visit = this.visit;
    const settle = (result: { output: unknown } | { error: StatesError }) => {
      if (this.visit !== visit || this.status !== 'RUNNING') return;
      this.leave();
      if ('error' in result) return this.failed(name, state, input, retries, result.error);
      this.guarded(() => {
        const selected = state.ResultSelector === undefined ? result.output : filled(state.ResultSelector, result.output, this.context);
        this.goOn(state, placed(state.ResultPath, input, selected));
      });
    };
    const waits = state.Resource === `${invokeResource}.waitForTaskToken`;
    if (!waits && state.Resource !== invokeResource) throw new StatesError('States.Runtime', `the simulator does not know the resource ${state.Resource}`);
    const context = waits ? { ...this.context, Task: { Token: this.around.token(settle) } } : this.context;
    const { FunctionName, Payload } = filled(state.Parameters, input, context) as { FunctionName: string; Payload: unknown };
    if (state.TimeoutSeconds !== undefined) this.timers.push(this.around.after(state.TimeoutSeconds * 1000, () => settle({ error: new StatesError('States.Timeout', '') })));
    this.around.invoke(FunctionName, Payload, { state: name }).then(
      (payload) => (waits ? undefined : settle({ output: { ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 } })),
      (error: StatesError) => settle({ error }),
    );
  }

  private failed(name: string, state: TaskState, input: unknown, retries: Retries, error: StatesError): void {
    const seconds = retries.next(error.name);
    if (seconds !== undefined) {
      const visit = this.visit;
      this.timers.push(this.around.after(seconds * 1000, () => this.visit === visit && this.guarded(() => this.task(name, state, input, retries))));
      return;
    }
    const catcher = state.Catch?.find(({ ErrorEquals }) => matchesError(ErrorEquals, error.name));
    if (catcher === undefined) return this.end({ status: 'FAILED', error: error.name, cause: error.message });
    this.enter(catcher.Next, placed(catcher.ResultPath, input, { Error: error.name, Cause: error.message }));
  }
}

function waitMs(state: Extract<State, { Type: 'Wait' }>, input: unknown, context: unknown, nowMs: number): number {
  const seconds = state.SecondsPath === undefined ? state.Seconds : mustRead(state.SecondsPath, input, context);
  if (seconds !== undefined) {
    if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds * 1000 > maxWaitMs) throw new StatesError('States.Runtime', `not a number of seconds to wait: ${String(seconds)}`);
    return seconds * 1000;
  }
  const until = state.TimestampPath === undefined ? state.Timestamp : mustRead(state.TimestampPath, input, context);
  if (typeof until !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(until)) throw new StatesError('States.Runtime', `not a timestamp: ${String(until)}`);
  return Math.max(0, Date.parse(until) - nowMs);
}
