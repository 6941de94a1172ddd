import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createCallbacks, executionOf, type CallbackOutcome } from './callbacks.ts';
import { prepareDefinition } from './definition.ts';
import { runExecution, type ExecutionDeps } from './execution.ts';
import { createJournal, readJournal, stateWaitingFor, type EndedEntry, type EndStatus, type HistoryEntry, type Journal } from './journal.ts';

export interface Execution {
  arn: string;
  name: string;
  machineArn: string;
  machineName: string;
  status: 'RUNNING' | EndStatus;
  input: string;
  startedAtMs: number;
  ended?: Omit<EndedEntry, 'type'>;
  /** States as they were entered and left, in virtual time. */
  history: HistoryEntry[];
  /** As Step Functions bills: states entered, and retries. */
  transitions: number;
}

export interface StateMachineResource {
  arn: string;
  name: string;
  definition: string;
}

/** An error of the Step Functions API; `code` is its name there. */
export class StatesError extends Error {
  override name = 'StatesError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Step Functions, standard workflows: names are unique for good, executions are durable and run one definition to their end. */
export interface States {
  /**
   * @returns the execution; the one that is running already when it has the same input
   * @throws StatesError ExecutionAlreadyExists, StateMachineDoesNotExist, InvalidName or InvalidExecutionInput
   */
  start(machineArn: string, name: string, input: string): Execution;
  /** Ends a running execution; one that has ended stays as it is. @throws StatesError ExecutionDoesNotExist */
  stop(executionArn: string, error?: string, cause?: string): Execution;
  /** Finishes a task that waits for its token. @throws StatesError TaskTimedOut when it waits no more, InvalidToken */
  settleTask(token: string, outcome: CallbackOutcome): void;
  /** @throws StatesError ExecutionDoesNotExist */
  describe(executionArn: string): Execution;
  /** Newest first. */
  list(machineArn?: string): Execution[];
  machines(): readonly StateMachineResource[];
  /** Stops running executions without ending them. */
  close(): Promise<void>;
}

interface StatesDeps extends Omit<ExecutionDeps, 'callbacks'> {
  ended?(execution: Execution): void;
  /** For files that are left out. */
  warn?(message: string): void;
}

interface Running {
  abort: AbortController;
  done: Promise<void>;
}

/**
 * Opens the executions of a data folder and goes on with those that are unfinished.
 * @throws UnsupportedDefinition when a state machine cannot run here
 */
export function openStates(machines: readonly StateMachineResource[], folder: string, { ended, warn = () => undefined, ...given }: StatesDeps): States {
  const callbacks = createCallbacks();
  const deps: ExecutionDeps = { ...given, callbacks };
  for (const { definition } of machines) prepareDefinition(definition);
  const journals = new Map<string, Journal>();
  const running = new Map<string, Running>();
  let isClosed = false;

  const run = (arn: string, journal: Journal) => {
    // What is started while everything stops stands in its journal, and goes on at the next start.
    if (isClosed) return;
    const abort = new AbortController();
    const done = runExecution(journal, deps, abort.signal).finally(() => {
      running.delete(arn);
      tellEnd(arn, journal);
    });
    running.set(arn, { abort, done });
  };
  /** Once; after a kill in between, again. */
  const tellEnd = (arn: string, journal: Journal) => {
    if (ended === undefined || !journal.ended || journal.entries.some(({ type }) => type === 'published')) return;
    ended(view(arn, journal));
    journal.published();
  };
  const open = (arn: string): Journal => {
    const journal = journals.get(arn);
    if (!journal) throw new StatesError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return journal;
  };

  const unpublished: (() => void)[] = [];
  mkdirSync(folder, { recursive: true });
  for (const machineName of readdirSync(folder)) {
    for (const file of readdirSync(join(folder, machineName))) {
      const journal = readJournal(join(folder, machineName, file));
      if (!journal) {
        warn(`${join(folder, machineName, file)} holds no workflow: it was killed before it began, or the file was damaged; it is left out`);
        continue;
      }
      const arn = executionArn(journal.started.machineArn, journal.started.name);
      journals.set(arn, journal);
      if (journal.ended) unpublished.push(() => tellEnd(arn, journal));
      else run(arn, journal);
    }
  }

  for (const tell of unpublished) tell();

  return {
    start(machineArn, name, input) {
      const machine = machines.find(({ arn }) => arn === machineArn);
      if (!machine) throw new StatesError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${machineArn}'`);
      // Stricter than the cloud, which takes more characters: names are names of files here.
      if (!/^[\w-]{1,80}$/.test(name)) throw new StatesError('InvalidName', `Invalid Name: '${name}': 1 to 80 letters, digits, - and _`);
      if (!isJson(input))
        throw new StatesError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${input.slice(0, 100)}' is not JSON`);
      const arn = executionArn(machineArn, name);
      const known = journals.get(arn);
      if (known) {
        if (!known.ended && known.started.input === input) return view(arn, known);
        throw new StatesError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
      }
      const machineFolder = join(folder, machine.name);
      if (!existsSync(machineFolder)) mkdirSync(machineFolder);
      const started = { type: 'started', machineArn, name, definition: machine.definition, input, atMs: deps.clock.nowMs() } as const;
      const journal = createJournal(join(machineFolder, `${name}.jsonl`), started);
      journals.set(arn, journal);
      run(arn, journal);
      return view(arn, journal);
    },
    stop(arn, error, cause) {
      const journal = open(arn);
      journal.add({
        type: 'ended',
        status: 'ABORTED',
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
        atMs: deps.clock.nowMs(),
      });
      running.get(arn)?.abort.abort();
      return view(arn, journal);
    },
    settleTask(token, outcome) {
      const journal = journals.get(executionOf(token) ?? '');
      if (!journal) throw new StatesError('InvalidToken', 'Invalid Token: the provided token is invalid');
      const state = stateWaitingFor(journal, token, deps.clock.nowMs());
      if (state === undefined) throw new StatesError('TaskTimedOut', 'Task Timed Out: the provided task does not exist anymore');
      // After a restart the task may not have caught up yet; it finds this when it has.
      journal.add({ type: 'settled', state, token, outcome });
      callbacks.settle(token, outcome);
    },
    describe: (arn) => view(arn, open(arn)),
    list: (machineArn) =>
      [...journals]
        .filter(([, { started }]) => machineArn === undefined || started.machineArn === machineArn)
        .map(([arn, journal]) => view(arn, journal))
        .sort((a, b) => b.startedAtMs - a.startedAtMs),
    machines: () => machines,
    async close() {
      isClosed = true;
      const open = [...running.values()];
      open.forEach(({ abort }) => abort.abort());
      await Promise.all(open.map(({ done }) => done));
    },
  };
}

const executionArn = (machineArn: string, name: string): string => `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

function view(arn: string, { started, ended, entries }: Journal): Execution {
  const history = entries.filter((entry): entry is HistoryEntry => entry.type === 'entered' || entry.type === 'exited');
  return {
    arn,
    name: started.name,
    machineArn: started.machineArn,
    machineName: started.machineArn.split(':').at(-1)!,
    status: ended?.status ?? 'RUNNING',
    input: started.input,
    startedAtMs: started.atMs,
    ...(ended && { ended }),
    history,
    transitions: entries.filter(({ type }) => type === 'entered' || type === 'retry').length,
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
