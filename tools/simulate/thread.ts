import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { alone, type Answer, type Order, type Source } from './crew.ts';

/** One of several threads: does by its orders what a crew of one does. */
const port = parentPort as MessagePort;
const self = alone(workerData as Source);
const answer = (message: Answer): void => port.postMessage(message);

port.on('message', (order: Order) => void carryOut(order));

async function carryOut(order: Order): Promise<void> {
  const onProgress = (progress: number) => answer({ progress });
  if (order.kind === 'scan') return answer({ result: self.scanRange(order.range, onProgress) });
  const [result] = await self.replay([order.task], onProgress);
  if (result) answer({ result });
}
