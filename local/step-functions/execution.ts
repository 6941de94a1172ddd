import { ExecutionAbortedError, ExecutionError, StateMachine } from 'aws-local-stepfunctions';
import type { Clock } from '../time/clock.ts';
import { tokenOf, withToken, type Callbacks, type CallbackOutcome } from './callbacks.ts';
import { FunctionError } from '../lambda/functions.ts';
import { prepareDefinition, waitGoesOn, type LocalState, type PreparedDefinition } from './definition.ts';
import { settlementOf, type Journal, type ReplayEntry } from './journal.ts';
import { createRetryCounter } from './retry.ts';

export interface ExecutionDeps {
  clock: Clock;
  invoke(functionArn: string, event: unknown): Promise<unknown>;
  callbacks: Callbacks;
  /** Longest real time of a single timer; Node's timers end at 24.8 days. */
  waitSliceMs?: number;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const defaultWaitSliceMs = 20 * 86_400_000;

/** An error as a state sees it: `name` is what Retry and Catch match. */
class StateError extends Error {
  /** Read by the interpreter. */
  readonly isCatchable: boolean;
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
    // As in the cloud, Catch does not apply to errors of the definition itself.
    this.isCatchable = name !== 'States.Runtime';
  }
}

/**
 * Runs an execution to its end and writes that end to the journal. An execution with entries in its journal is run again from its
 * start: its Waits and Tasks answer from the journal until that is used up.
 * @returns when the execution has ended, or when the signal aborts, which leaves it unfinished
 */
export async function runExecution(journal: Journal, deps: ExecutionDeps, signal: AbortSignal): Promise<void> {
  const { started } = journal;
  const { clock } = deps;
  const aborted = new AbortController();
  const either = AbortSignal.any([signal, aborted.signal]);
  try {
    const prepared = prepareDefinition(started.definition);
    const run = new StateMachine(prepared.definition, { validationOptions: { noValidate: true } }).run(JSON.parse(started.input) as Json, {
      overrides: { taskResourceLocalHandlers: handlers(prepared, journal, deps, either) },
      context: contextOf(journal),
    });
    either.addEventListener('abort', () => run.abort(), { once: true });
    const history = recordHistory(run.eventLogs, journal, clock);
    if (prepared.timeoutSeconds !== undefined) void timeOut(started.atMs + prepared.timeoutSeconds * 1000, journal, clock, aborted);
    const output = await run.result;
    await history;
    journal.add({ type: 'ended', status: 'SUCCEEDED', output: JSON.stringify(output), atMs: clock.nowMs() });
  } catch (error) {
    if (error instanceof ExecutionAbortedError || either.aborted) return;
    const { name, message } = error instanceof ExecutionError && error.cause instanceof Error ? error.cause : (error as Error);
    journal.add({ type: 'ended', status: 'FAILED', error: name, cause: message, atMs: clock.nowMs() });
  } finally {
    aborted.abort();
  }
}

async function timeOut(atMs: number, journal: Journal, clock: Clock, execution: AbortController): Promise<void> {
  await clock.waitUntil(atMs, execution.signal).catch(() => undefined);
  if (execution.signal.aborted) return;
  journal.add({ type: 'ended', status: 'TIMED_OUT', atMs: clock.nowMs() });
  execution.abort();
}

function contextOf({ started }: Journal) {
  const Id = `${started.machineArn.replace(':stateMachine:', ':execution:')}:${started.name}`;
  return { Execution: { Id, Name: started.name }, Segue: { StartTime: new Date(started.atMs).toISOString() } };
}

function handlers({ locals }: PreparedDefinition, journal: Journal, deps: ExecutionDeps, signal: AbortSignal) {
  const recorded = Map.groupBy(
    journal.entries.filter((entry): entry is ReplayEntry => ['wait', 'token', 'called', 'result', 'retry', 'error'].includes(entry.type)),
    ({ state }) => state,
  );
  const steps: StepDeps = { ...deps, journal, signal };
  return Object.fromEntries(
    [...locals].map(([name, local]) => {
      const replay = unfinishedLast(recorded.get(name) ?? []);
      return [name, local.kind === 'wait' ? waitHandler(name, local, replay, steps) : taskHandler(name, local, replay, steps)];
    }),
  );
}

/** Only the attempt with a result counts; without one, the progress of the last attempt is kept. */
function unfinishedLast(entries: ReplayEntry[]): ReplayEntry[] {
  const last = entries.findLastIndex(({ type }) => type !== 'token' && type !== 'called');
  return entries.filter(({ type }, index) => index > last || (type !== 'token' && type !== 'called'));
}

type StepDeps = ExecutionDeps & { journal: Journal; signal: AbortSignal };

function waitHandler(
  state: string,
  { form }: Extract<LocalState, { kind: 'wait' }>,
  replay: ReplayEntry[],
  { clock, journal, signal, waitSliceMs = defaultWaitSliceMs }: StepDeps,
) {
  /** Set while one visit of the state takes several calls. */
  let untilMs: number | undefined;
  return async (given: Json): Promise<Json> => {
    const { input, until } = given as { input: Json; until: Json };
    if (untilMs === undefined) {
      const known = replay.shift();
      untilMs = known?.type === 'wait' ? known.untilMs : deadline(form, until, clock.nowMs());
      if (!known) journal.add({ type: 'wait', state, untilMs });
    }
    await clock.waitUntil(Math.min(untilMs, clock.nowMs() + waitSliceMs * clock.scale), signal);
    if (clock.nowMs() < untilMs) throw new StateError(waitGoesOn, 'the wait is longer than a timer');
    untilMs = undefined;
    return input;
  };
}

function deadline(form: 'Seconds' | 'Timestamp', until: Json, nowMs: number): number {
  if (form === 'Seconds') {
    if (typeof until !== 'number' || !Number.isInteger(until) || until < 0)
      throw new StateError('States.Runtime', `Seconds must be a whole number from 0, not ${JSON.stringify(until)}`);
    return nowMs + until * 1000;
  }
  const atMs =
    typeof until === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(until) ? Date.parse(until) : NaN;
  if (Number.isNaN(atMs)) throw new StateError('States.Runtime', `Timestamp must be an RFC 3339 time, not ${JSON.stringify(until)}`);
  return atMs;
}

function taskHandler(
  state: string,
  { kind, retry, timeoutSeconds }: Extract<LocalState, { kind: 'task' | 'callback' }>,
  replay: ReplayEntry[],
  deps: StepDeps,
) {
  const { clock, journal, signal, invoke } = deps;
  const call = async (given: Json): Promise<ReplayEntry> => {
    const { FunctionName, Payload } = given as { FunctionName: string; Payload: Json };
    try {
      const payload = await withTimeout(invoke(FunctionName, Payload), timeoutSeconds);
      return { type: 'result', state, output: { ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 }, atMs: clock.nowMs() };
    } catch (error) {
      return { type: 'error', state, ...errorOf(error), atMs: clock.nowMs() };
    }
  };
  const attempt = kind === 'task' ? call : callback(state, timeoutSeconds, replay, deps);
  return async (given: Json): Promise<Json> => {
    const counter = createRetryCounter(retry);
    for (;;) {
      let entry = replay[0]?.type === 'token' ? undefined : replay.shift();
      // Always counted, so that a restart does not grant the same attempts again.
      if (entry?.type === 'retry') counter.next(entry.error);
      if (!entry) {
        const fresh = await attempt(given);
        // A result that arrives after a stop is discarded.
        signal.throwIfAborted();
        const delaySeconds = fresh.type === 'error' ? counter.next(fresh.error) : undefined;
        entry =
          fresh.type === 'error' && delaySeconds !== undefined
            ? { ...fresh, type: 'retry', retryAtMs: fresh.atMs + Math.round(delaySeconds * 1000) }
            : fresh;
        journal.add(entry);
      }
      if (entry.type === 'result') return entry.output as Json;
      if (entry.type === 'retry') await clock.waitUntil(entry.retryAtMs, signal);
      if (entry.type === 'error') throw new StateError(entry.error, entry.cause);
    }
  };
}

/** An attempt that calls its function with a token, and is over when the token comes back or the time is. */
function callback(state: string, timeoutSeconds: number | undefined, replay: ReplayEntry[], { clock, journal, signal, invoke, callbacks, waitSliceMs = defaultWaitSliceMs }: StepDeps) {
  const executionArn = contextOf(journal).Execution.Id;
  const timeout = async (untilMs: number, over: AbortSignal): Promise<CallbackOutcome> => {
    while (clock.nowMs() < untilMs) await clock.waitUntil(Math.min(untilMs, clock.nowMs() + waitSliceMs * clock.scale), over);
    return { error: 'States.Timeout', cause: `no answer within ${timeoutSeconds} s` };
  };
  return async (given: Json): Promise<ReplayEntry> => {
    const known = replay.shift();
    const isCalled = known !== undefined && replay.shift() !== undefined;
    const started =
      known?.type === 'token'
        ? known
        : {
            type: 'token' as const,
            state,
            token: tokenOf(executionArn, state, journal.entries.length),
            ...(timeoutSeconds !== undefined && { deadlineMs: clock.nowMs() + timeoutSeconds * 1000 }),
          };
    if (known === undefined) journal.add(started);
    const { token, deadlineMs } = started;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const call = async (): Promise<never> => {
      const { FunctionName, Payload } = withToken(given, token) as { FunctionName: string; Payload: Json };
      await invoke(FunctionName, Payload);
      if (!either.aborted) journal.add({ type: 'called', state });
      return abortOf(either);
    };
    try {
      signal.throwIfAborted();
      // Asked for before the call, since the function may give the token back itself.
      const outcome =
        settlementOf(journal, token) ??
        (await Promise.race([
          callbacks.outcome(token),
          isCalled ? abortOf(either) : call(),
          abortOf(either),
          ...(deadlineMs === undefined ? [] : [timeout(deadlineMs, either)]),
        ]));
      const atMs = clock.nowMs();
      return 'output' in outcome ? { type: 'result', state, output: outcome.output, atMs } : { type: 'error', state, ...outcome, atMs };
    } catch (error) {
      return { type: 'error', state, ...errorOf(error), atMs: clock.nowMs() };
    } finally {
      over.abort();
      callbacks.forget(token);
    }
  };
}

/** @returns never; it throws when the signal aborts */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** What Step Functions makes of a failed function: its error type as the error, and all of it as the cause. */
function errorOf(error: unknown): { error: string; cause: string } {
  if (error instanceof StateError) return { error: error.name, cause: error.message };
  if (!(error instanceof FunctionError)) return { error: 'Lambda.Unknown', cause: String(error) };
  const { errorType, message, trace } = error;
  return { error: errorType, cause: JSON.stringify({ errorMessage: message, errorType, trace }) };
}

/** Real seconds: functions do not run faster under a time scale. */
async function withTimeout<T>(answer: Promise<T>, seconds: number | undefined): Promise<T> {
  if (seconds === undefined) return answer;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StateError('States.Timeout', `no answer within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
}

async function recordHistory(
  events: AsyncIterable<{ type: string; state?: { name: string } }>,
  journal: Journal,
  clock: Clock,
): Promise<void> {
  let known = journal.entries.filter(({ type }) => type === 'entered' || type === 'exited').length;
  for await (const { type, state } of events) {
    if (!state || (type !== 'StateEntered' && type !== 'StateExited')) continue;
    if (known > 0) known -= 1;
    else journal.add({ type: type === 'StateEntered' ? 'entered' : 'exited', state: state.name, atMs: clock.nowMs() });
  }
}
