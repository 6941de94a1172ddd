import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { compilePlan } from '../../lambdas/domain/plan/plan.ts';
import type { Config } from '../../lambdas/schemas/config.ts';
import type { Answer, Order } from './crew.ts';
import { replayShare } from './run.ts';
import { scanJsonLines } from './scan.ts';

/** One of several threads: does by its orders what a crew of one does. */
const port = parentPort as MessagePort;
const plan = compilePlan(workerData as Config);
const answer = (message: Answer): void => port.postMessage(message);

port.on('message', (order: Order) => void carryOut(order));

async function carryOut(order: Order): Promise<void> {
  const onProgress = (progress: number) => answer({ progress });
  if (order.kind === 'scan') answer({ result: scanJsonLines(Buffer.from(order.bytes), order.range, plan.config, onProgress) });
  else answer({ result: await replayShare(plan, order.task, onProgress) });
}
