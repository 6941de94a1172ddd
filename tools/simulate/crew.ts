import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { env } from 'node:process';
import { Worker } from 'node:worker_threads';
import type { Plan } from '../../lambdas/domain/plan/plan.ts';
import { textOf, type TextSource } from './input.ts';
import { replayShare, type Outcome, type Task } from './run.ts';
import { rangesOf, scanJsonLines, type Range, type Scan } from './scan.ts';

/** Whoever reads and replays an input: this thread, and others beside it. */
export interface Crew {
  readonly size: number;
  /** Finds the events in lines of JSON; the parts are in the order of the text. */
  scan(text: TextSource, onBytes?: (count: number) => void): Promise<Scan[]>;
  /** Each of the crew replays one share. */
  replay(tasks: readonly Task[], onEvents?: (count: number) => void): Promise<Outcome[]>;
  close(): Promise<void>;
}

export type Order = { kind: 'scan'; text: TextSource; range: Range } | { kind: 'replay'; task: Task };
export type Answer = { progress: number } | { result: Scan | Outcome };

/** Does one order. */
export function carryOut(plan: Plan, order: Order, onProgress: (count: number) => void): Promise<Scan | Outcome> {
  return order.kind === 'scan' ? scanJsonLines(textOf(order.text), order.range, plan.config, onProgress) : replayShare(plan, order.task, onProgress);
}

/** This thread and so many others that they are `size` together. Each of the others has a compiled plan of its own. */
export function crewOf(plan: Plan, size: number): Crew {
  // A thread does not inherit the cache of compiled code, and would translate and compile all of it again.
  const cache = getCompileCacheDir();
  const ofThread = { workerData: plan.config, env: { ...env, ...(cache !== undefined && { NODE_COMPILE_CACHE: dirname(cache) }) } };
  const workers = Array.from({ length: size - 1 }, () => new Worker(new URL('./thread.ts', import.meta.url), ofThread));
  /** Gives each of the crew one of the orders; the first one is done here, after the others have begun. */
  const ask = async <R extends Scan | Outcome>(orders: readonly Order[], onProgress: (count: number) => void = () => {}): Promise<R[]> => {
    const [own, ...others] = orders;
    const answers = others.map((order, index) => answerOf(workers[index] as Worker, order, onProgress));
    return (await Promise.all([...(own ? [carryOut(plan, own, onProgress)] : []), ...answers])) as R[];
  };
  return {
    size,
    scan: (text, onBytes) => ask(rangesOf(textOf(text), size).map((range) => ({ kind: 'scan', text, range })), onBytes),
    replay: (tasks, onEvents) => ask(tasks.map((task) => ({ kind: 'replay', task })), onEvents),
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function answerOf(worker: Worker, order: Order, onProgress: (count: number) => void): Promise<Scan | Outcome> {
  return new Promise((resolve, reject) => {
    const onMessage = (answer: Answer) => {
      if ('progress' in answer) return onProgress(answer.progress);
      worker.off('message', onMessage).off('error', reject);
      resolve(answer.result);
    };
    worker.on('message', onMessage).on('error', reject);
    worker.postMessage(order);
  });
}
