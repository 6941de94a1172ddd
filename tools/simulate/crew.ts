import { Worker } from 'node:worker_threads';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import { replayShare, type Outcome, type Task } from './run.ts';
import { rangesOf, scanJsonLines, type Range, type Scan } from './scan.ts';

/** Lines of JSON, none where the events are known already, and the rules by which they are replayed. */
export interface Source {
  bytes: SharedArrayBuffer;
  config: Config;
}

/** Whoever reads and replays an input: this thread, or several others. */
export interface Crew {
  readonly size: number;
  /** Finds the events; the parts are in the order of the text. */
  scan(onBytes?: (count: number) => void): Promise<Scan[]>;
  /** Each of the crew replays one share. */
  replay(tasks: readonly Task[], onEvents?: (count: number) => void): Promise<Outcome[]>;
  close(): Promise<void>;
}

/** This thread alone. */
export function alone({ bytes, config }: Source): Crew {
  const buffer = Buffer.from(bytes);
  const plan = compilePlan(config);
  return {
    size: 1,
    scan: async (onBytes) => rangesOf(buffer, 1).map((range) => scanJsonLines(buffer, range, config, onBytes)),
    replay: (tasks, onEvents) => Promise.all(tasks.map((task) => replayShare(plan, task, onEvents))),
    close: async () => {},
  };
}

export type Order = { kind: 'scan'; bytes: SharedArrayBuffer; range: Range } | { kind: 'replay'; task: Task };
export type Answer = { progress: number } | { result: Scan | Outcome };

/** So many other threads, each with a compiled plan of its own. */
export function threads({ bytes, config }: Source, size: number): Crew {
  const workers = Array.from({ length: size }, () => new Worker(new URL('./thread.ts', import.meta.url), { workerData: config }));
  /** Gives each thread one of the orders. */
  const ask = <R extends Scan | Outcome>(orders: readonly Order[], onProgress: (count: number) => void = () => {}): Promise<R[]> =>
    Promise.all(orders.map((order, index) => answerOf<R>(workers[index] as Worker, order, onProgress)));
  return {
    size,
    scan: (onBytes) => ask(rangesOf(Buffer.from(bytes), size).map((range) => ({ kind: 'scan', bytes, range })), onBytes),
    replay: (tasks, onEvents) => ask(tasks.map((task) => ({ kind: 'replay', task })), onEvents),
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function answerOf<R extends Scan | Outcome>(worker: Worker, order: Order, onProgress: (count: number) => void): Promise<R> {
  return new Promise((resolve, reject) => {
    const onMessage = (answer: Answer) => {
      if ('progress' in answer) return onProgress(answer.progress);
      worker.off('message', onMessage).off('error', reject);
      resolve(answer.result as R);
    };
    worker.on('message', onMessage).on('error', reject);
    worker.postMessage(order);
  });
}
