import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Invocation, Outcome, WorkerData } from './worker.ts';
import type { Clock } from '../time/clock.ts';

export interface FunctionDefinition {
  name: string;
  arn: string;
  folder: string;
  handler: string;
  environment: Record<string, string>;
  timeoutMs: number;
  memoryMb: number;
}

/** A failed function, with the error as Lambda reports it. */
export class FunctionError extends Error {
  override name = 'FunctionError';
  readonly errorType: string;
  readonly trace: string[];
  constructor(errorType: string, message: string, trace: string[] = []) {
    super(message);
    this.errorType = errorType;
    this.trace = trace;
  }
}

export interface Functions {
  /**
   * Runs a function and waits for its answer, as Lambda's RequestResponse does.
   * @param id name or ARN
   * @throws FunctionError when the function throws, ends its process or takes longer than its timeout
   */
  invoke(id: string, event: unknown): Promise<unknown>;
  /** Loads all functions, so that the first event does not wait for it. */
  warm(): void;
  /** Accepts no more events, waits a moment for those in progress, and ends all workers. May be called again. */
  close(): Promise<void>;
}

export interface FunctionsOptions {
  definitions: readonly FunctionDefinition[];
  clock: Pick<Clock, 'time' | 'during'>;
  logFolder: string;
  verbose: boolean;
  /** Most events that one function works on at a time; further ones wait. */
  maxConcurrency: number;
}

export function createFunctions({ definitions, maxConcurrency, ...options }: FunctionsOptions): Functions {
  mkdirSync(options.logFolder, { recursive: true });
  const pools = definitions.map((definition) => ({ definition, pool: createPool(definition, options, maxConcurrency) }));
  return {
    async invoke(id, event) {
      const found = pools.find(({ definition }) => definition.name === id || definition.arn === id);
      if (!found) throw new FunctionError('ResourceNotFoundException', `Function not found: ${id}`);
      return options.clock.during(() => found.pool.invoke(event));
    },
    warm: () => pools.forEach(({ pool }) => pool.warm()),
    close: async () => void (await Promise.all(pools.map(({ pool }) => pool.close()))),
  };
}

/** How long a stop waits for events in progress. */
const graceMs = 3_000;

type PoolOptions = Pick<FunctionsOptions, 'clock' | 'logFolder' | 'verbose'>;

/** Keeps finished workers for the next event; a worker that crashed or ran out of time is replaced. */
function createPool(definition: FunctionDefinition, options: PoolOptions, maxConcurrency: number) {
  const log = createWriteStream(join(options.logFolder, `${definition.name}.log`), { flags: 'a' });
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let isClosed = false;

  const start = (): Worker => {
    const worker = startWorker(definition, options, log);
    all.add(worker);
    worker.once('exit', () => {
      all.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    });
    return worker;
  };

  return {
    async invoke(event: unknown): Promise<unknown> {
      if (running >= maxConcurrency) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      try {
        if (isClosed) throw new FunctionError('ServiceException', 'the runtime is stopping');
        const worker = idle.pop() ?? start();
        const { outcome, isSpent } = await runOn(worker, definition, event);
        if (isSpent) void worker.terminate();
        else idle.push(worker);
        if ('result' in outcome) return JSON.parse(outcome.result);
        throw new FunctionError(outcome.error.errorType, outcome.error.errorMessage, outcome.error.trace);
      } finally {
        // The place goes to the next one in line, or is free.
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
      }
    },
    warm(): void {
      if (all.size === 0) idle.push(start());
    },
    async close(): Promise<void> {
      isClosed = true;
      waiting.splice(0).forEach((resolve) => resolve());
      for (let waitedMs = 0; running > 0 && waitedMs < graceMs; waitedMs += 20) await sleep(20);
      await Promise.all([...all].map((worker) => worker.terminate()));
      if (!log.writableEnded) await new Promise<void>((resolve) => log.end(resolve));
    },
  };
}

function startWorker(definition: FunctionDefinition, { clock, verbose }: PoolOptions, log: WriteStream): Worker {
  const { folder, handler, name, arn, memoryMb, environment } = definition;
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { folder, handler, time: clock.time.memory, functionName: name, arn, memoryMb } satisfies WorkerData,
    env: environment,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      if (log.writable) log.write(chunk);
      if (verbose) process.stderr.write(`${name}: ${chunk.toString()}`);
    });
  }
  // Handled here so that a crash between two events does not end the runtime. Crashes during an event are reported by `runOn`.
  worker.on('error', (error) => log.writable && log.write(`${String(error)}\n`));
  return worker;
}

/** @returns the result of the event, and whether the worker has to be replaced */
function runOn(worker: Worker, { timeoutMs }: FunctionDefinition, event: unknown): Promise<{ outcome: Outcome; isSpent: boolean }> {
  const requestId = randomUUID();
  return new Promise((resolve) => {
    const settle = (outcome: Outcome, isSpent: boolean) => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      resolve({ outcome, isSpent });
    };
    const fail = (errorType: string, errorMessage: string, trace: string[] = []) =>
      settle({ error: { errorType, errorMessage, trace } }, true);
    // After code that could not be loaded Lambda, too, starts over.
    const onMessage = (outcome: Outcome) => settle(outcome, 'error' in outcome && outcome.error.errorType.startsWith('Runtime.'));
    const onError = (error: Error) => fail('Runtime.UnhandledError', error.message, (error.stack ?? '').split('\n'));
    const onExit = (code: number) =>
      fail('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited with error: exit status ${code}`);
    const onTimeout = () =>
      fail('Sandbox.Timedout', `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
    const timer = setTimeout(onTimeout, timeoutMs);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage({ requestId, event: JSON.stringify(event ?? {}), deadlineRealMs: Date.now() + timeoutMs } satisfies Invocation);
  });
}
