import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { tokenPlaceholder } from './callbacks.ts';

export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'NONE' | 'FULL';
}

/** States that the runtime runs itself, because they take time or have effects. */
export type LocalState = { kind: 'wait'; form: 'Seconds' | 'Timestamp' } | { kind: 'task' | 'callback'; retry: Retrier[]; timeoutSeconds?: number };

export interface PreparedDefinition {
  /** For the interpreter: each Wait and Task is a Task with a local handler, and nothing in it waits, retries or times out. */
  definition: StateMachineDefinition;
  locals: Map<string, LocalState>;
  timeoutSeconds?: number;
}

/** A definition that runs in the cloud and cannot run here; `problems` names each state and the reason. */
export class UnsupportedDefinition extends Error {
  override name = 'UnsupportedDefinition';
  constructor(problems: string[]) {
    super(`the local runtime cannot run this state machine: ${problems.join('; ')}`);
  }
}

type State = Record<string, unknown>;
interface Machine {
  QueryLanguage?: string;
  StartAt: string;
  TimeoutSeconds?: number;
  States: Record<string, State>;
}

const lambdaInvoke = 'arn:aws:states:::lambda:invoke';
const lambdaCallback = `${lambdaInvoke}.waitForTaskToken`;
/** The interpreter stops a task after 60 s; ours have time-outs of their own. Kept below the longest Node timer. */
const noTimeoutSeconds = 2_000_000;
/** Stands for `$$.Execution.StartTime`, which the interpreter would fill with real time. */
const startTimePath = '$$.Segue.StartTime';

const known = new Map<string, PreparedDefinition>();

/**
 * Rewrites a JSONPath definition for the interpreter. Kept by its text: checking one takes longer than running it.
 * @throws UnsupportedDefinition for what the interpreter would run wrongly
 * @throws Error when the definition is not valid Amazon States Language
 */
export function prepareDefinition(text: string): PreparedDefinition {
  let prepared = known.get(text);
  if (!prepared) known.set(text, (prepared = rewrite(text)));
  return prepared;
}

function rewrite(text: string): PreparedDefinition {
  const machine = JSON.parse(text.replaceAll('"$$.Execution.StartTime"', () => JSON.stringify(startTimePath))) as Machine;
  const problems: string[] = [];
  const locals = new Map<string, LocalState>();
  if (machine.QueryLanguage !== undefined && machine.QueryLanguage !== 'JSONPath')
    problems.push(`QueryLanguage ${machine.QueryLanguage}; only JSONPath is supported`);
  const states = prepareStates(machine.States ?? {}, locals, problems);
  if (problems.length > 0) throw new UnsupportedDefinition(problems);
  new StateMachine(JSON.parse(text) as StateMachineDefinition, { validationOptions: { checkArn: false } });
  const { TimeoutSeconds, ...rest } = machine;
  return {
    definition: { ...rest, States: states } as unknown as StateMachineDefinition,
    locals,
    ...(TimeoutSeconds !== undefined && { timeoutSeconds: TimeoutSeconds }),
  };
}

function prepareStates(states: Record<string, State>, locals: Map<string, LocalState>, problems: string[]): Record<string, State> {
  return Object.fromEntries(Object.entries(states).map(([name, state]) => [name, prepareState(name, state, locals, problems)]));
}

function prepareState(name: string, state: State, locals: Map<string, LocalState>, problems: string[]): State {
  const refuse = (what: string) => void problems.push(`state "${name}": ${what}`);
  if (state.QueryLanguage !== undefined && state.QueryLanguage !== 'JSONPath')
    refuse(`QueryLanguage ${String(state.QueryLanguage)}; only JSONPath is supported`);
  if ('Assign' in state) refuse('variables (Assign) are not supported');
  const isCallback = state.Resource === lambdaCallback;
  if (isCallback) state = withPlaceholders(state) as State;
  // The branches of a Parallel state are checked like other states.
  const contextPath = /\$\$\.(?:State|Task|Map|StateMachine)\b[\w.]*/.exec(JSON.stringify({ ...state, Comment: '', Branches: [] }))?.[0];
  if (contextPath) refuse(`${contextPath}: of the context object only Execution is supported, and Task.Token with ${lambdaCallback}`);
  if (locals.has(name)) refuse('the name is used twice');
  switch (state.Type) {
    case 'Wait':
      return waitAsTask(name, state, locals);
    case 'Task': {
      if (state.Resource !== lambdaInvoke && !isCallback) refuse(`resource ${String(state.Resource)}; only ${lambdaInvoke} and ${lambdaCallback} are supported`);
      for (const field of ['TimeoutSecondsPath', 'HeartbeatSeconds', 'HeartbeatSecondsPath'])
        if (field in state) refuse(`${field} is not supported`);
      const { Retry, TimeoutSeconds, ...rest } = state;
      locals.set(name, {
        kind: isCallback ? 'callback' : 'task',
        retry: (Retry as Retrier[] | undefined) ?? [],
        ...(TimeoutSeconds !== undefined && { timeoutSeconds: Number(TimeoutSeconds) }),
      });
      return { ...rest, Resource: lambdaInvoke, TimeoutSeconds: noTimeoutSeconds };
    }
    case 'Choice':
      return { ...state, Choices: (state.Choices as State[]).map(withoutFalseTests) };
    case 'Parallel':
      if ('Retry' in state) refuse('Retry of a Parallel state is not supported');
      return {
        ...state,
        Branches: (state.Branches as Machine[]).map((branch) => ({ ...branch, States: prepareStates(branch.States, locals, problems) })),
      };
    case 'Map':
      refuse('Map is not supported: after a restart, results of its iterations could not be told apart');
      return state;
    default:
      return state;
  }
}

/** The interpreter has no token: it passes on a text that the runtime replaces. */
function withPlaceholders(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPlaceholders);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => (inner === '$$.Task.Token' && key.endsWith('.$') ? [key.slice(0, -2), tokenPlaceholder] : [key, withPlaceholders(inner)])),
  );
}

/** A Wait passes its input on; how long it waits is in the path or the literal that it names. */
function waitAsTask(
  name: string,
  { Type: _type, Seconds, SecondsPath, Timestamp, TimestampPath, ...rest }: State,
  locals: Map<string, LocalState>,
): State {
  locals.set(name, { kind: 'wait', form: Seconds !== undefined || SecondsPath !== undefined ? 'Seconds' : 'Timestamp' });
  const path = SecondsPath ?? TimestampPath;
  const until = path === undefined ? { until: Seconds ?? Timestamp } : { 'until.$': path };
  return {
    ...rest,
    Type: 'Task',
    Resource: lambdaInvoke,
    Parameters: { 'input.$': '$', ...until },
    TimeoutSeconds: noTimeoutSeconds,
    Retry: [{ ErrorEquals: [waitGoesOn], IntervalSeconds: 0, MaxAttempts: 1e9, BackoffRate: 1 }],
  };
}

/** Thrown by a wait that is longer than a Node timer, to be called again. */
export const waitGoesOn = 'Segue.WaitGoesOn';

/** `IsPresent: false` and its kin, which the interpreter never matches, become `Not: { IsPresent: true }`. */
function withoutFalseTests(rule: State): State {
  const { Next, ...test } = rule;
  const next = Next === undefined ? {} : { Next };
  for (const operator of ['And', 'Or']) {
    if (operator in test) return { [operator]: (test[operator] as State[]).map(withoutFalseTests), ...next };
  }
  if ('Not' in test) return { Not: withoutFalseTests(test.Not as State), ...next };
  const negated = Object.keys(test).find((key) => /^Is[A-Z]/.test(key) && test[key] === false);
  return negated ? { Not: { ...test, [negated]: true }, ...next } : rule;
}
